import type { Problem } from '../../recipe/problem.js';
import type { PlannedLine, RunEvent } from './run-events.js';

/** A stage's line in a plan: as in `run-started`, and why it is blocked. */
export interface PlanRow
  extends Pick<PlannedLine, 'id' | 'uses' | 'status' | 'because' | 'predictedSeconds' | 'predictedRange'> {
  error?: string;
}

/** A stage that has changed, and in what: `learning_rate 3e-5 → 1e-4`, `new`, `removed`. */
export interface StageChange {
  id: string;
  because: string[];
}

/** What to do about a change that concerns the current run. */
export type OnChange = 'ask' | 'finish' | 'restart';

/**
 * Everything that happens while a recipe is watched, in order: the events of its runs, and between them what
 * changed, what that means, and what it is waiting for. Paths are absolute.
 */
export type WatchEvent =
  | RunEvent
  /**
   * There is nothing to do. `poll`: milliseconds between two polls, if the system does not report changes.
   */
  | { type: 'watch-waiting'; folders: number; poll?: number }
  /** `running`: a run is in progress. */
  | { type: 'watch-changed'; paths: string[]; running: boolean }
  /** Something has been written to for so long that the user may wonder why nothing happens. */
  | { type: 'watch-writing'; paths: string[] }
  /** The recipe has mistakes, and the next change is awaited. */
  | { type: 'watch-refused'; problems: Problem[]; warnings: string[] }
  /** It cannot be planned, or cannot run, for another reason. */
  | { type: 'watch-failed'; text: string }
  /** `runs`: it is run at once. */
  | { type: 'watch-planned'; stages: PlanRow[]; runs: boolean }
  /** Nothing that changed is relevant: a comment, a time stamp. */
  | { type: 'watch-unaffected'; running: boolean }
  /**
   * What happens to the current run, some of whose stages have changed: `ask` waits for `finish` or `restart`
   * of the watch.
   */
  | { type: 'watch-decision'; decision: OnChange; changes: StageChange[] }
  /** What happened to the lock file and similar notes, to be shown after a run's summary. */
  | { type: 'watch-notes'; texts: string[] }
  /** What stage modules print on import. */
  | { type: 'watch-output'; text: string };
