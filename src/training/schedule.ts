import { EtudeError } from '../errors.js';
import type { TrainParams } from '../stage-params.js';

/** The schedules of transformers' `get_scheduler` that are implemented. */
export type SchedulerType = TrainParams['lr_scheduler_type'];

/** `lr_scheduler_kwargs`. */
export type SchedulerOptions = TrainParams['lr_scheduler_kwargs'];

export interface ScheduleArguments {
  lr_scheduler_type: SchedulerType;
  lr_scheduler_kwargs: SchedulerOptions;
  learning_rate: number;
  warmup_steps: number;
  warmup_ratio: number;
}

/** Steps of warm-up as the Trainer counts them: `warmup_steps`, a part of all steps where it is below 1; else `warmup_ratio`. */
export function warmupSteps({ warmup_steps, warmup_ratio }: ScheduleArguments, steps: number): number {
  if (warmup_steps >= 1) return Math.trunc(warmup_steps);
  return Math.ceil(steps * (warmup_steps > 0 ? warmup_steps : warmup_ratio));
}

/**
 * The learning rate of update number `step` (from 0) of `steps`, after transformers' `optimization.py`.
 *
 * @throws EtudeError for a polynomial schedule that would end above where it starts.
 */
export function learningRate(step: number, steps: number, args: ScheduleArguments): number {
  return args.learning_rate * factor(step, steps, warmupSteps(args, steps), args);
}

function factor(step: number, steps: number, warmup: number, args: ScheduleArguments): number {
  const { lr_scheduler_type: type, lr_scheduler_kwargs: options } = args;
  if (type === 'constant') return 1;
  if (step < warmup) return step / Math.max(1, warmup);
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  switch (type) {
    case 'constant_with_warmup':
      return 1;
    case 'linear':
      return Math.max(0, (steps - step) / Math.max(1, steps - warmup));
    case 'cosine':
      return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (options.num_cycles ?? 0.5) * 2 * progress)));
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
