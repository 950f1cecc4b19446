import { bestMetric, greaterIsBetter, type TrainingArguments } from './arguments.js';
import type { TrainingState } from './state.js';

/**
 * Compares an evaluation with the best so far and notes in the state a new best, and early stopping. Early stopping compares first, with the
 * best before this evaluation: the Trainer's order.
 */
export function judge(state: TrainingState, metrics: Record<string, number>, args: TrainingArguments): void {
  const name = bestMetric(args);
  if (name === undefined) return;
  const value = metrics[name]!;
  const best = state.best_metric;
  const better = best === undefined || (greaterIsBetter(args) ? value > best : value < best);
  if (args.early_stopping_patience !== undefined) {
    const enough = best === undefined || (better && Math.abs(value - best) > args.early_stopping_threshold);
    state.early_stopping_patience_counter = enough ? 0 : state.early_stopping_patience_counter + 1;
    if (state.early_stopping_patience_counter >= args.early_stopping_patience) state.stopped = true;
  }
  if (!better) return;
  state.best_metric = value;
  state.best_metrics = metrics;
  if (args.save_strategy !== 'no') state.best_global_step = state.global_step;
}
