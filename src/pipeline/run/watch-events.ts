import type { Problem } from '../recipe/problem.js';
import type { PlannedLine, RunEvent } from './events.js';

/** A stage's line in a plan: as in `run-started`, and why it is blocked. */
export interface PlanRow
  extends Pick<PlannedLine, 'id' | 'uses' | 'status' | 'because' | 'predictedSeconds' | 'predictedRange'> {
  error?: string;
}

/** A stage that is not what it was, and in what: `learning_rate 3e-5 → 1e-4`, `new`, `removed`. */
export interface StageChange {
  id: string;
  because: string[];
}

/** What is done about a change that a run under way does not know of. */
export type OnChange = 'ask' | 'finish' | 'restart';

/**
 * Everything that happens while a recipe is watched, in order: the events of its runs, and between them what
 * changed, what that means, and what is waited for. Paths are absolute.
 */
export type WatchEvent =
  | RunEvent
  /** There is nothing to do. `poll`: milliseconds between two looks, where the system does not tell. */
  | { type: 'watch-waiting'; folders: number; poll?: number }
  /** `running`: a run is under way. */
  | { type: 'watch-changed'; paths: string[]; running: boolean }
  /** Something has been written to for so long that one may wonder why nothing happens. */
  | { type: 'watch-writing'; paths: string[] }
  /** The recipe has mistakes: the next change is waited for. */
  | { type: 'watch-refused'; problems: Problem[]; warnings: string[] }
  /** It cannot be planned, or cannot run, for another reason. */
  | { type: 'watch-failed'; text: string }
  /** `runs`: it is run at once. */
  | { type: 'watch-planned'; stages: PlanRow[]; runs: boolean }
  /** Nothing of what changed counts: a comment, a time stamp. */
  | { type: 'watch-unaffected'; running: boolean }
  /**
   * What becomes of the run under way, of whose stages some are not the same any more: `ask` waits for
   * `finish` or `restart` of the watch.
   */
  | { type: 'watch-decision'; decision: OnChange; changes: StageChange[] }
  /** What became of the lock file, and the like: to be said when a run's summary stands. */
  | { type: 'watch-notes'; texts: string[] }
  /** What stage modules print while they are imported. */
  | { type: 'watch-output'; text: string };
