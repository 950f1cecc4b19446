import type { TrainParams } from '../../stage/params.js';
import { EtudeError } from '../../util/errors.js';

/** The schedules of transformers' `get_scheduler` whose rate depends only on the step. */
export type SchedulerType = Exclude<TrainParams['lr_scheduler_type'], 'reduce_lr_on_plateau'>;

/** `lr_scheduler_kwargs`. */
export type SchedulerOptions = TrainParams['lr_scheduler_kwargs'];

export interface ScheduleArguments {
  lr_scheduler_type: SchedulerType;
  lr_scheduler_kwargs: SchedulerOptions;
  learning_rate: number;
  warmup_steps: number;
  warmup_ratio: number;
}

/**
 * Steps of warm-up as the Trainer counts them: `warmup_steps`, a fraction of all steps if it is below 1;
 * otherwise `warmup_ratio`.
 */
export function warmupSteps(
  { warmup_steps, warmup_ratio }: Pick<ScheduleArguments, 'warmup_steps' | 'warmup_ratio'>,
  steps: number,
): number {
  if (warmup_steps >= 1) return Math.trunc(warmup_steps);
  return Math.ceil(steps * (warmup_steps > 0 ? warmup_steps : warmup_ratio));
}

/**
 * The learning rate of update number `step` (from 0) of `steps`, after transformers' `optimization.py`. With
 * `num_training_steps`, the schedule has that length, however many steps there are.
 *
 * @throws EtudeError for a polynomial schedule that would end above where it starts.
 */
export function learningRate(step: number, steps: number, args: ScheduleArguments): number {
  const length = args.lr_scheduler_kwargs.num_training_steps ?? steps;
  return args.learning_rate * factor(step, length, warmupSteps(args, length), args);
}

function factor(step: number, steps: number, warmup: number, args: ScheduleArguments): number {
  const { lr_scheduler_type: type, lr_scheduler_kwargs: options } = args;
  if (type === 'constant') return 1;
  if (type === 'cosine_warmup_with_min_lr') return cosineAhead(step, steps, warmup, args);
  if (type === 'warmup_stable_decay') return warmupStableDecay(step, steps, warmup, options);
  if (step < warmup) return step / Math.max(1, warmup);
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  switch (type) {
    case 'constant_with_warmup':
      return 1;
    case 'linear':
      return Math.max(0, (steps - step) / Math.max(1, steps - warmup));
    case 'cosine':
      return Math.max(0, wave(progress, options));
    case 'cosine_with_min_lr':
      return Math.max(0, above(lowest(args), wave(progress, options)));
    case 'cosine_with_restarts':
      if (progress >= 1) return 0;
      return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (((options.num_cycles ?? 1) * progress) % 1))));
    case 'polynomial':
      return polynomial(step, steps, warmup, args);
    case 'inverse_sqrt': {
      const timescale = options.timescale ?? (warmup || 10_000);
      return 1 / Math.sqrt((step + timescale - warmup) / timescale);
    }
  }
}

/** A cosine that falls from 1 to 0 in half a cycle. */
function wave(progress: number, { num_cycles = 0.5 }: SchedulerOptions): number {
  return 0.5 * (1 + Math.cos(Math.PI * num_cycles * 2 * progress));
}

/** Maps a factor from 0 to 1 to the range from `least` to 1. */
function above(least: number, value: number): number {
  return value * (1 - least) + least;
}

/** The lowest factor of a cosine with a minimum; `argumentProblems` requires one of the two options. */
function lowest({ learning_rate, lr_scheduler_kwargs: { min_lr, min_lr_rate } }: ScheduleArguments): number {
  return min_lr_rate ?? (min_lr ?? 0) / learning_rate;
}

/** `cosine_warmup_with_min_lr` uses the rate at the end of each step, so that the first is not 0. */
function cosineAhead(step: number, steps: number, warmup: number, args: ScheduleArguments): number {
  const { warmup_lr_rate: start } = args.lr_scheduler_kwargs;
  if (step < warmup) {
    if (start === undefined) return (step + 1) / Math.max(1, warmup);
    return start + ((1 - start) * step) / Math.max(1, warmup - 1);
  }
  const progress = (step - warmup + 1) / Math.max(1, steps - warmup);
  return Math.max(0, above(lowest(args), wave(progress, args.lr_scheduler_kwargs)));
}

/** Shapes of `warmup_stable_decay`: from 0 to 1 in the warm-up, and from 1 to 0 in the decay. */
const RISE = {
  linear: (progress: number) => progress,
  cosine: (progress: number) => 0.5 * (1 - Math.cos(Math.PI * progress)),
  '1-sqrt': (progress: number) => 1 - Math.sqrt(1 - progress),
};

function warmupStableDecay(step: number, steps: number, warmup: number, options: SchedulerOptions): number {
  const { num_decay_steps: decay = 0, warmup_type = 'linear', decay_type = 'cosine' } = options;
  const { min_lr_ratio: least = 0 } = options;
  const stable = options.num_stable_steps ?? steps - warmup - decay;
  if (step < warmup) return Math.max(0, above(least, RISE[warmup_type](step / Math.max(1, warmup))));
  if (step < warmup + stable) return 1;
  if (step >= warmup + stable + decay) return least;
  const progress = (step - warmup - stable) / Math.max(1, decay);
  const fall = {
    linear: () => 1 - progress,
    cosine: () => wave(progress, options),
    '1-sqrt': () => 1 - Math.sqrt(progress),
  };
  return Math.max(0, above(least, fall[decay_type]()));
}

function polynomial(step: number, steps: number, warmup: number, args: ScheduleArguments): number {
  const { learning_rate: start, lr_scheduler_kwargs: options } = args;
  const { lr_end: end = 1e-7, power = 1 } = options;
  if (end >= start) {
    throw new EtudeError('lr_end must be below learning_rate', {
      got: `lr_end ${end}, learning_rate ${start}`,
    });
  }
  if (step > steps) return end / start;
  const remaining = 1 - (step - warmup) / (steps - warmup);
  return ((start - end) * remaining ** power + end) / start;
}
