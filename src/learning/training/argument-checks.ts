import { fallsWhenBetter } from '../../stage/falls-when-better.js';
import { namesModule } from '../../stage/own-module.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import type { ArgumentProblem, TrainingArguments } from './argument-types.js';
import { METRIC_NAMES } from './named-metrics.js';
import type { ProblemType } from './problem-type.js';
import { scheduleProblems } from './scheduler-checks.js';

/** Metrics that an evaluation during training computes. */
const EVALUATION_METRICS: Readonly<Record<ProblemType, readonly string[]>> = {
  single_label_classification: ['loss', 'accuracy', 'f1_macro', 'f1_weighted'],
  multi_label_classification: ['loss', 'mAP', 'f1_micro', 'f1_macro', 'f1_samples', 'subset_accuracy'],
  regression: ['loss', 'mse', 'mae', 'r2', 'pearson'],
};

/** Whether a training with these arguments evaluates. */
export function evaluates(args: Pick<TrainingArguments, 'eval_strategy' | 'eval_on_start'>): boolean {
  return args.eval_strategy !== 'no' || args.eval_on_start;
}

/**
 * What `TrainingArguments` checks on construction, and what early stopping needs: every problem, not just the
 * first.
 */
export function argumentProblems(args: TrainingArguments): ArgumentProblem[] {
  const problems: ArgumentProblem[] = [];
  const { eval_strategy, save_strategy } = args;
  const evalSteps = args.eval_steps ?? args.logging_steps;
  if (args.load_best_model_at_end) {
    if (eval_strategy === 'no' || (eval_strategy !== save_strategy && save_strategy !== 'best')) {
      problems.push({
        param: 'load_best_model_at_end',
        message: 'the best model can only be loaded if evaluations are saved',
        expected: "the same eval_strategy and save_strategy, steps or epoch, or save_strategy 'best'",
        got: `eval_strategy ${eval_strategy}, save_strategy ${save_strategy}`,
      });
    } else if (
      eval_strategy === 'steps' &&
      save_strategy === 'steps' &&
      !isMultiple(args.save_steps, evalSteps)
    ) {
      problems.push({
        param: 'save_steps',
        message: 'with load_best_model_at_end, save_steps must be a multiple of eval_steps',
        got: `save_steps ${args.save_steps}, eval_steps ${evalSteps}`,
      });
    }
  }
  for (const param of ['logging_steps', 'eval_steps', 'save_steps'] as const) {
    const value = args[param];
    if (value === undefined || value < 1 || Number.isInteger(value)) continue;
    problems.push({
      param,
      message: `${param} is neither a number of steps nor a fraction of them`,
      expected: 'a whole number, or a number below 1',
      got: `${value}`,
    });
  }
  const metric = bestMetric(args);
  const always = EVALUATION_METRICS[args.problem_type];
  const named = (args.metrics ?? []).map((name) => args.ownMetrics?.get(name)?.name ?? name);
  const measured: readonly string[] = [...new Set([...always, ...named])];
  // The name of a module that could not be loaded is not known.
  if (metric !== undefined && !measured.includes(metric) && !named.some(namesModule)) {
    const isSingle = args.problem_type === 'single_label_classification';
    const average =
      metric === 'f1' && args.problem_type !== 'regression'
        ? ': choose how F1 is averaged over the classes'
        : '';
    const isNamed = isSingle && !average && (METRIC_NAMES as readonly string[]).includes(metric);
    problems.push({
      param: 'metric_for_best_model',
      message: `unknown metric '${metric}'${average}`,
      expected: measured.filter((name) => name.startsWith(average && metric)).join(', '),
      hint: isNamed ? `Add ${metric} to metrics.` : undefined,
    });
  }
  if (args.gradient_accumulation_loss === 'sum' && args.label_smoothing_factor > 0) {
    problems.push({
      param: 'gradient_accumulation_loss',
      message: 'with label smoothing, transformers also averages over all clips of an update',
      expected: "'mean', or label_smoothing_factor 0",
    });
  }
  if (args.early_stopping_patience !== undefined && (metric === undefined || eval_strategy === 'no')) {
    problems.push({
      param: 'early_stopping_patience',
      message: 'early stopping needs metric_for_best_model, and evaluations',
      got: `metric_for_best_model ${metric ?? 'not set'}, eval_strategy ${eval_strategy}`,
    });
  }
  if (save_strategy === 'best' && (metric === undefined || eval_strategy === 'no')) {
    problems.push({
      param: 'save_strategy',
      message: "save_strategy 'best' needs metric_for_best_model, and evaluations",
      got: `metric_for_best_model ${metric ?? 'not set'}, eval_strategy ${eval_strategy}`,
    });
  }
  problems.push(...problemTypeProblems(args));
  return [...problems, ...scheduleProblems(args, greaterIsBetter(args) ? metric : undefined)];
}

/** Parameters that only make sense for classes, or for one class a clip. */
function problemTypeProblems(args: TrainingArguments): ArgumentProblem[] {
  const { problem_type } = args;
  if (problem_type === 'single_label_classification') return [];
  const given: [keyof TrainingArguments, boolean][] = [
    ['label_smoothing_factor', args.label_smoothing_factor > 0],
    ['train_sampling_strategy', args.train_sampling_strategy === 'balanced'],
    ['metrics', args.metrics !== undefined],
  ];
  if (problem_type === 'regression')
    given.push(['class_weights', args.class_weights !== undefined], ['focal_gamma', args.focal_gamma > 0]);
  return given.flatMap(([param, isSet]) =>
    isSet ? [{ param, message: `${param} does not apply to problem_type ${problem_type}` }] : [],
  );
}

/** Whether one interval is a multiple of another; fractions are compared in millionths, as in the Trainer. */
function isMultiple(value: number, unit: number): boolean {
  if (value < 1 && unit < 1) return Math.round(value * 1e6) % Math.round(unit * 1e6) === 0;
  return value >= 1 && unit >= 1 && value % unit === 0;
}

/**
 * The metric that decides which model is best, without `eval_`; the loss if the best is wanted and none is
 * named.
 */
export function bestMetric(args: TrainingArguments): string | undefined {
  const needed = args.load_best_model_at_end || args.lr_scheduler_type === 'reduce_lr_on_plateau';
  return args.metric_for_best_model?.replace(/^eval_/, '') ?? (needed ? 'loss' : undefined);
}

/** Whether a higher value of that metric is better: as given, or else unless it is a loss or an error. */
export function greaterIsBetter(args: TrainingArguments): boolean {
  return args.greater_is_better ?? !fallsWhenBetter(bestMetric(args) ?? '');
}

/** The counts of a training. */
export interface StepCounts {
  /** Batches per epoch. */
  batches: number;
  /** Updates of the weights per epoch. */
  updates: number;
  /** Updates in total. */
  maxSteps: number;
  /** Epochs begun; the last may be incomplete. */
  epochs: number;
}

/**
 * Counts steps as the Trainer does (`set_initial_training_values`): the last update of an epoch may
 * accumulate fewer batches; `max_steps` takes precedence over `num_train_epochs`, which may be fractional.
 */
export function countSteps(clips: number, args: TrainingArguments): StepCounts {
  const size = args.per_device_train_batch_size;
  const batches = args.dataloader_drop_last ? Math.floor(clips / size) : Math.ceil(clips / size);
  if (batches === 0) {
    throw new EtudeError('there is not a single full batch to train on', {
      expected: `at least ${count(size, 'row')}, or dataloader_drop_last: false`,
      got: count(clips, 'row'),
    });
  }
  const updates = Math.ceil(batches / args.gradient_accumulation_steps);
  if (args.max_steps > 0) {
    return { batches, updates, maxSteps: args.max_steps, epochs: Math.ceil(args.max_steps / updates) };
  }
  const maxSteps = Math.ceil(args.num_train_epochs * updates);
  return { batches, updates, maxSteps, epochs: Math.ceil(args.num_train_epochs) };
}
