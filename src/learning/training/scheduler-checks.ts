import type { ArgumentProblem, TrainingArguments } from './argument-types.js';
import { warmupSteps } from './learning-rate.js';

type Option = keyof TrainingArguments['lr_scheduler_kwargs'];

/**
 * Options of each schedule in transformers, which refuses others. `num_training_steps` is one of its
 * schedules' functions, which the Trainer sets itself.
 */
const OPTIONS: Record<TrainingArguments['lr_scheduler_type'], readonly Option[]> = {
  linear: ['num_training_steps'],
  constant: [],
  constant_with_warmup: [],
  cosine: ['num_training_steps', 'num_cycles'],
  cosine_with_restarts: ['num_training_steps', 'num_cycles'],
  polynomial: ['num_training_steps', 'lr_end', 'power'],
  inverse_sqrt: ['timescale'],
  cosine_with_min_lr: ['num_training_steps', 'num_cycles', 'min_lr', 'min_lr_rate'],
  cosine_warmup_with_min_lr: ['num_training_steps', 'num_cycles', 'min_lr', 'min_lr_rate', 'warmup_lr_rate'],
  warmup_stable_decay: [
    'num_training_steps',
    'num_decay_steps',
    'num_stable_steps',
    'warmup_type',
    'decay_type',
    'min_lr_ratio',
    'num_cycles',
  ],
  reduce_lr_on_plateau: [
    'mode',
    'factor',
    'patience',
    'threshold',
    'threshold_mode',
    'cooldown',
    'min_lr',
    'eps',
  ],
};

/**
 * Problems with `lr_scheduler_type` and `lr_scheduler_kwargs`.
 *
 * @param rising The metric for the best model, if higher is better.
 */
export function scheduleProblems(args: TrainingArguments, rising: string | undefined): ArgumentProblem[] {
  const { lr_scheduler_type: type, lr_scheduler_kwargs: options } = args;
  const known = OPTIONS[type];
  const problems: ArgumentProblem[] = [];
  const problem = (message: string, more: Partial<ArgumentProblem> = {}) =>
    problems.push({ param: 'lr_scheduler_kwargs', message, ...more });
  for (const name of Object.keys(options) as Option[]) {
    if (known.includes(name)) continue;
    problem(`${type} has no option '${name}'`, {
      expected: known.length === 0 ? 'no options' : known.join(', '),
    });
  }
  if (type === 'polynomial' && (options.lr_end ?? 1e-7) >= args.learning_rate) {
    problem('lr_end must be below learning_rate', {
      got: `lr_end ${options.lr_end ?? 1e-7}, learning_rate ${args.learning_rate}`,
    });
  }
  if (known.includes('min_lr_rate') && (options.min_lr === undefined) === (options.min_lr_rate === undefined))
    problem(`${type} needs either min_lr or min_lr_rate`);
  if (type === 'warmup_stable_decay' && options.num_decay_steps === undefined)
    problem(`${type} needs num_decay_steps`);
  const { num_training_steps: length } = options;
  if (length !== undefined && known.includes('num_training_steps') && warmupSteps(args, length) >= length) {
    problem('num_training_steps must be greater than the steps of warm-up', {
      got: `num_training_steps ${length}, ${warmupSteps(args, length)} steps of warm-up`,
    });
  }
  if (type === 'reduce_lr_on_plateau') problems.push(...plateauProblems(args, rising));
  return problems;
}

/** A warning if the schedule ends before the training, of `steps`, does. */
export function scheduleWarning(args: TrainingArguments, steps: number): string | undefined {
  const length = args.lr_scheduler_kwargs.num_training_steps;
  if (length === undefined || length >= steps) return undefined;
  return `the learning rate's schedule ends at step ${length} (num_training_steps) of ${steps}`;
}

function plateauProblems(args: TrainingArguments, rising: string | undefined): ArgumentProblem[] {
  const { eval_strategy, lr_scheduler_kwargs: options } = args;
  const problems: ArgumentProblem[] = [];
  if (eval_strategy === 'no') {
    problems.push({
      param: 'lr_scheduler_type',
      message: 'reduce_lr_on_plateau needs evaluations',
      expected: 'eval_strategy steps or epoch',
    });
  }
  if (warmupSteps(args, 1_000_000) > 0) {
    problems.push({ param: 'lr_scheduler_type', message: 'reduce_lr_on_plateau has no warm-up' });
  }
  // transformers would lower the rate while, say, the accuracy rises, which nobody wants.
  if (options.mode === undefined && rising !== undefined) {
    problems.push({
      param: 'lr_scheduler_kwargs',
      message: `${rising} should rise, but without mode the schedule waits for it to fall`,
      expected: 'mode: max',
    });
  }
  return problems;
}
