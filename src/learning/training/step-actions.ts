import type { TrainingArguments } from './argument-types.js';

/** What to do now. */
export interface Actions {
  log: boolean;
  evaluate: boolean;
  save: boolean;
}

/**
 * What the Trainer's `DefaultFlowCallback` does after update number `step` (from 1), the last being
 * `maxSteps`.
 */
export function afterStep(step: number, maxSteps: number, args: TrainingArguments): Actions {
  const last = step >= maxSteps;
  const every = (interval: number) => step % interval === 0;
  const evaluates = args.eval_strategy === 'steps' && args.eval_delay <= step;
  return {
    log:
      (step === 1 && args.logging_first_step) ||
      (args.logging_strategy === 'steps' && every(interval(args.logging_steps, maxSteps))),
    evaluate: evaluates && (last || every(interval(args.eval_steps ?? args.logging_steps, maxSteps))),
    save: args.save_strategy === 'steps' && (last || every(interval(args.save_steps, maxSteps))),
  };
}

/** The same at the end of an epoch, after `epoch` epochs. */
export function afterEpoch(epoch: number, args: TrainingArguments): Actions {
  return {
    log: args.logging_strategy === 'epoch',
    evaluate: args.eval_strategy === 'epoch' && args.eval_delay <= epoch,
    save: args.save_strategy === 'epoch',
  };
}

/** An interval in steps: a number below 1 is a fraction of all steps, rounded up. */
export function interval(value: number, maxSteps: number): number {
  return value < 1 ? Math.ceil(maxSteps * value) : value;
}
