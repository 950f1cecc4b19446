import { bestMetric, greaterIsBetter } from './argument-checks.js';
import type { TrainingArguments } from './argument-types.js';
import type { TrainingState } from './training-state.js';

/**
 * Compares an evaluation with the best so far and records a new best, and early stopping, in the state. Early
 * stopping compares first, with the best before this evaluation: the Trainer's order.
 *
 * @returns Whether it is the best.
 */
export function noteEvaluation(
  state: TrainingState,
  metrics: Record<string, number>,
  args: TrainingArguments,
): boolean {
  const name = bestMetric(args);
  if (name === undefined) return false;
  const value = metrics[name]!;
  const best = state.best_metric;
  const better = best === undefined || (greaterIsBetter(args) ? value > best : value < best);
  if (args.early_stopping_patience !== undefined) {
    const enough = best === undefined || (better && Math.abs(value - best) > args.early_stopping_threshold);
    state.early_stopping_patience_counter = enough ? 0 : state.early_stopping_patience_counter + 1;
    if (state.early_stopping_patience_counter >= args.early_stopping_patience) state.stopped = true;
  }
  if (!better) return false;
  state.best_metric = value;
  state.best_metrics = metrics;
  if (args.save_strategy !== 'no') state.best_global_step = state.global_step;
  return true;
}

/**
 * Records, when `save_strategy` saves the state, that the best model is among the saved ones. An evaluation
 * between two saves may be the best and yet not be available at the end: then `load_best_model_at_end` gives
 * the best saved one, as in the Trainer.
 */
export function noteSave(state: TrainingState): void {
  if (state.best_global_step !== state.global_step) return;
  state.best_saved = { step: state.global_step, metrics: state.best_metrics! };
}
