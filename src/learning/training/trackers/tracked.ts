import type { TrainingState } from '../training-state.js';
import type { Ending, Tracker } from './tracker.js';

/**
 * Trains while trackers listen: they are opened before, and closed after it, however it ends.
 *
 * @param state Where the training starts, or continues.
 */
export async function tracked(
  trackers: readonly Tracker[],
  { global_step, log_history }: Pick<TrainingState, 'global_step' | 'log_history'>,
  signal: AbortSignal,
  train: () => Promise<void>,
): Promise<void> {
  for (const tracker of trackers) tracker.begin(global_step, log_history);
  let ending: Ending = 'failed';
  try {
    await train();
    ending = 'finished';
  } catch (error) {
    if (signal.aborted && error === signal.reason) ending = 'interrupted';
    throw error;
  } finally {
    await Promise.all(trackers.map((tracker) => tracker.end(ending)));
  }
}
