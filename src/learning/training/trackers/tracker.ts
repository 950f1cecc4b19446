import type { LogEntry } from '../training-state.js';

/** How a training ends; one that is interrupted may be continued. */
export type Ending = 'finished' | 'failed' | 'interrupted';

/** Where a training reports its log to while it runs. It never throws, and never makes the training wait. */
export interface Tracker {
  /**
   * The training starts, or continues.
   *
   * @param history The log so far.
   */
  begin(step: number, history: readonly LogEntry[]): void;
  /** A new entry of the log. */
  log(entry: LogEntry): void;
  /** Waits, not for long, until everything is written. */
  end(ending: Ending): Promise<void>;
}
