import type { EngineChoice } from '../../engine/engine-type.js';
import type { DeviceChoice } from '../../engine/onnxruntime/device-names.js';
import type { FingerprintParts } from '../../pipeline/cache/types.js';
import type { LoadOptions } from '../../pipeline/recipe/load-pipeline.js';
import type { Problem } from '../../pipeline/recipe/problem.js';
import type { RunEvent } from '../../pipeline/run/events/run-events.js';
import type { PlanRow } from '../../pipeline/run/events/watch-events.js';
import type { RunFinished } from '../../pipeline/run/run-pipeline.js';
import type { RunOptions } from '../run.js';

/** The options of a watched recipe's runs. */
export type WatchedRunOptions = Pick<
  RunOptions,
  'stages' | 'until' | 'jobs' | 'keepGoing' | 'verify' | 'lock' | 'remote'
>;

/** The options of the project, as `openProject` takes them. */
export interface WatchedProject {
  dir?: string;
  cacheDir?: string;
  engine?: EngineChoice;
  device?: DeviceChoice;
  requireSigned?: boolean;
}

/** What the thread of a watch is started with. */
export interface WatchTask {
  project: WatchedProject;
  file: string;
  overrides: Pick<LoadOptions, 'params' | 'set'>;
  run: WatchedRunOptions;
}

export type Asked = 'open' | 'plan' | 'run';

/** Requests to the thread, one at a time except for `run`, which may overlap others. */
export type ToThread = { type: Asked; id: number } | { type: 'stop' } | { type: 'kill' };

export type FromThread =
  | { type: 'path'; path: string }
  | { type: 'event'; event: RunEvent }
  | { type: 'warning'; text: string }
  | { type: 'answer'; id: number; answer: Opened | Planned | Ran }
  /** `text`: the message for the user. */
  | { type: 'failed'; id: number; text: string };

/** A recipe that was read: its dependencies, and its problems. */
export interface Opened {
  /** The user's stage modules, and what they import, whether or not it exists. Absolute. */
  modules: string[];
  /** Files of the data. Absolute. */
  sources: string[];
  /** With the text of each, which is not part of a problem when it is sent. */
  problems?: { problem: Problem; source?: string }[];
  warnings: string[];
}

export interface Planned {
  stages: PlanRow[];
  /** What each stage consists of; absent if some data cannot be read, which the plan reports. */
  parts?: StageParts[];
}

/** What a stage's result depends on, except for the content of its inputs. */
export interface StageParts {
  id: string;
  from: Record<string, string>;
  parts: FingerprintParts;
}

export interface Ran {
  finished: RunFinished;
  notes: string[];
}
