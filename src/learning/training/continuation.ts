import type { Continuation } from '../../stage/continues.js';
import type { TrainParams } from '../../stage/params.js';
import { countSteps } from './argument-checks.js';
import { type Kept, stepOf } from './kept-training-state.js';

/** The parameters that set how long a training is. */
export const LENGTHS = ['num_train_epochs', 'max_steps'] as const;

/**
 * Why a longer training of otherwise equal parameters would not take the same first steps, if so. Everything
 * else in a training only depends on the steps before: the order of an epoch's clips, dropout, evaluations,
 * the best model, early stopping.
 */
export function dependsOnLength(args: TrainParams): string | undefined {
  return scheduleDepends(args) ?? intervalDepends(args);
}

/**
 * Where a training can continue what a shorter one of otherwise equal parameters kept, or why it cannot.
 *
 * @param kept What the shorter one kept; `undefined` if nothing.
 * @param clips Clips per epoch; `NaN` if unknown.
 */
export function continuationOf(
  before: TrainParams,
  after: TrainParams,
  kept: Kept | undefined,
  clips: number,
): Continuation {
  const reason = dependsOnLength(after);
  if (reason !== undefined) return { not: reason };
  if (!(clips > 0)) return { not: 'the number of clips is not known yet' };
  const [then, now] = [countSteps(clips, before), countSteps(clips, after)];
  if (then.maxSteps > now.maxSteps)
    return { not: `of a longer one, only the last state is kept (step ${then.maxSteps})` };
  const step = kept && stepOf(kept);
  if (step === undefined) return { not: 'its training state is not in the cache' };
  const at = step % now.updates === 0 ? `epoch ${step / now.updates}` : `step ${step}`;
  return { at, done: step / now.maxSteps };
}

function scheduleDepends(args: TrainParams): string | undefined {
  const { lr_scheduler_type: type, lr_scheduler_kwargs: options, warmup_steps, warmup_ratio } = args;
  if (type === 'constant' || type === 'reduce_lr_on_plateau') return undefined;
  if (options.num_training_steps !== undefined) return undefined;
  const ends = !['constant_with_warmup', 'inverse_sqrt', 'warmup_stable_decay'].includes(type);
  if (ends || (type === 'warmup_stable_decay' && options.num_stable_steps === undefined))
    return `lr_scheduler_type ${type} depends on the number of steps (lr_scheduler_kwargs.num_training_steps sets it)`;
  if (warmup_steps >= 1 || (warmup_steps === 0 && warmup_ratio === 0)) return undefined;
  const warmup = warmup_steps > 0 ? `warmup_steps ${warmup_steps}` : `warmup_ratio ${warmup_ratio}`;
  return `${warmup} is a fraction of all steps`;
}

function intervalDepends(args: TrainParams): string | undefined {
  const intervals = [
    ['logging_steps', args.logging_strategy, args.logging_steps],
    [
      args.eval_steps === undefined ? 'logging_steps' : 'eval_steps',
      args.eval_strategy,
      args.eval_steps ?? args.logging_steps,
    ],
    ['save_steps', args.save_strategy, args.save_steps],
  ] as const;
  const found = intervals.find(([, strategy, value]) => strategy === 'steps' && value < 1);
  return found && `${found[0]} ${found[2]} is a fraction of all steps`;
}
