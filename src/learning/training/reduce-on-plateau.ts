import type { SchedulerOptions } from './learning-rate.js';

/** The state of `reduce_lr_on_plateau`. */
export interface PlateauState {
  learning_rate: number;
  /** The best value so far; none before the first evaluation. */
  best?: number;
  num_bad_epochs: number;
  cooldown_counter: number;
}

/** The state before the first evaluation. */
export function initialPlateau(learningRate: number): PlateauState {
  return { learning_rate: learningRate, num_bad_epochs: 0, cooldown_counter: 0 };
}

/**
 * The state after an evaluation, as in `torch.optim.lr_scheduler.ReduceLROnPlateau.step`; `value` is the
 * metric.
 */
export function afterEvaluation(state: PlateauState, value: number, options: SchedulerOptions): PlateauState {
  const { factor = 0.1, patience = 10, cooldown = 0, min_lr = 0, eps = 1e-8 } = options;
  const better = isBetter(value, state.best, options);
  const cooling = state.cooldown_counter > 0;
  const bad = better || cooling ? 0 : state.num_bad_epochs + 1;
  const best = better ? value : state.best;
  if (bad <= patience) {
    const left = cooling ? state.cooldown_counter - 1 : 0;
    return { learning_rate: state.learning_rate, best, num_bad_epochs: bad, cooldown_counter: left };
  }
  const lower = Math.max(state.learning_rate * factor, min_lr);
  const rate = state.learning_rate - lower > eps ? lower : state.learning_rate;
  return { learning_rate: rate, best, num_bad_epochs: 0, cooldown_counter: cooldown };
}

function isBetter(value: number, best: number | undefined, options: SchedulerOptions): boolean {
  const { mode = 'min', threshold = 1e-4, threshold_mode = 'rel' } = options;
  if (best === undefined) return true;
  if (mode === 'min') return value < (threshold_mode === 'rel' ? best * (1 - threshold) : best - threshold);
  return value > (threshold_mode === 'rel' ? best * (1 + threshold) : best + threshold);
}
