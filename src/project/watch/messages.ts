import type { EngineChoice } from '../../engine/engine-type.js';
import type { DeviceChoice } from '../../engine/onnxruntime/device-names.js';
import type { FingerprintParts } from '../../pipeline/cache/types.js';
import type { LoadOptions } from '../../pipeline/recipe/load-pipeline.js';
import type { Problem } from '../../pipeline/recipe/problem.js';
import type { RunEvent } from '../../pipeline/run/events.js';
import type { RunFinished } from '../../pipeline/run/run-pipeline.js';
import type { PlanRow } from '../../pipeline/run/watch-events.js';
import type { RunOptions } from '../run.js';

/** What a watched recipe's runs take. */
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

/** What the thread is asked for, one thing at a time, but `run` beside the others. */
export type ToThread = { type: Asked; id: number } | { type: 'stop' } | { type: 'kill' };

export type FromThread =
  | { type: 'path'; path: string }
  | { type: 'event'; event: RunEvent }
  | { type: 'warning'; text: string }
  | { type: 'answer'; id: number; answer: Opened | Planned | Ran }
  /** `text`: what a person should read. */
  | { type: 'failed'; id: number; text: string };

/** A recipe that was read: what it depends on, and what is wrong with it. */
export interface Opened {
  /** Stage modules of the user's, and what they import, be it there or not. Absolute. */
  modules: string[];
  /** Files of the data. Absolute. */
  sources: string[];
  /** With the text of each, which is no part of them when they are sent. */
  problems?: { problem: Problem; source?: string }[];
  warnings: string[];
}

export interface Planned {
  stages: PlanRow[];
  /** What each stage is made of; absent where some data cannot be read, which the plan tells. */
  parts?: StageParts[];
}

/** What a stage's result depends on, but what its inputs hold. */
export interface StageParts {
  id: string;
  from: Record<string, string>;
  parts: FingerprintParts;
}

export interface Ran {
  finished: RunFinished;
  notes: string[];
}
