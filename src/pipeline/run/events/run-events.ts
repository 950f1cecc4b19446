import type { Progress } from '../../../stage/stage-type.js';
import type { Reason } from '../../plan/types.js';
import type { JobNote } from '../executor.js';
import type { MetricName } from '../run-metrics.js';

/** Version of the event stream's format, given in `run-started`. */
export const EVENT_FORMAT = 1;

export type StageStatus = 'hit' | 'run' | 'failed' | 'skipped';

/** A stage's line in the plan that opens a run. */
export interface PlannedLine {
  id: string;
  uses: string;
  /** What the plan says; the run itself may still find a hit if an input turns out to be unchanged. */
  status: 'hit' | 'run' | 'blocked';
  because: string[];
  predictedSeconds?: number;
  /** If that is uncertain: the shortest and the longest likely time. */
  predictedRange?: [low: number, high: number];
  /** Stages whose results it needs, by id. */
  from?: string[];
  /** Uses all cores by itself: two such stages do not run at the same time. */
  alone?: boolean;
}

/** A stage's line in the summary that closes a run. */
export interface StageOutcome {
  id: string;
  uses: string;
  status: StageStatus;
  because: string[];
  /** Without the time in a scheduler's queue. */
  seconds: number;
  /** How long its job waited in a scheduler's queue. */
  queuedSeconds?: number;
  rowsComputed?: number;
  summary?: string;
  error?: string;
}

/** What a run did to the folder of a model: wrote it, or replaced files that were missing or changed. */
export type FolderChange = 'written' | 'repaired';

/** The results of a matrix's combinations. */
export interface MatrixResult {
  /** The metric that decides which is the best: test_accuracy. */
  metric?: string;
  greaterIsBetter?: boolean;
  /** Its index in `cells`; absent if no cell has the metric. */
  best?: number;
  cells: {
    params: Record<string, unknown>;
    status: 'success' | 'failed' | 'skipped';
    metrics: Record<string, number>;
    /** How long its own stages took when they were computed; those that all cells share do not count. */
    seconds: number;
    /** Stage id in the recipe -> stage id in the run. */
    stages: Record<string, string>;
  }[];
  /** If some parameters only repeat a measurement, as the fold does: no single cell is then the best. */
  repetitions?: Repetitions;
}

/** Cells that differ only in repeated parameters, taken together. */
export interface Repetitions {
  /** The repeated parameters. */
  over: string[];
  /** Index in `groups` of the best mean. */
  best?: number;
  groups: {
    /** The other parameters. */
    params: Record<string, unknown>;
    /** Number of cells. */
    cells: number;
    /** Mean and sample standard deviation over the `of` cells that have the metric. */
    metrics: Record<string, { mean: number; std?: number; of: number }>;
  }[];
}

/**
 * Everything that happens in a run, in order. Renderers consume nothing else; the same lines are written to
 * `runs/<id>/events.ndjson`. Every event carries `at`, milliseconds since the run began.
 */
export type RunEvent = { at: number } & (
  | {
      type: 'run-started';
      format: typeof EVENT_FORMAT;
      run: string;
      pipeline: string;
      recipe: string;
      engine: string;
      stages: PlannedLine[];
    }
  /** Another run is computing this fingerprint. */
  | { type: 'stage-waiting'; id: string; holder: { pid: number; host: string } }
  | {
      type: 'stage-started';
      id: string;
      uses: string;
      because: string[];
      details: Reason[];
      predictedSeconds?: number;
      predictedRange?: [low: number, high: number];
    }
  /** A scheduler's job computes it: what became of that job. */
  | ({ type: 'stage-job'; id: string } & JobNote)
  | ({ type: 'stage-progress'; id: string } & Progress)
  | { type: 'stage-log'; id: string; level: 'info' | 'warning'; text: string }
  | ({ type: 'stage-finished' } & StageOutcome)
  /** Not about one stage: a damaged object, a full disk, a stale lock taken over. */
  | { type: 'warning'; text: string }
  /** The first Ctrl-C: no new stage starts, running ones save their state. */
  | { type: 'cancelling' }
  /** What becomes of the jobs of a cancelled run: `ask` waits for an answer. */
  | { type: 'jobs-decision'; decision: 'ask' | 'leave' | 'cancel' }
  | {
      type: 'run-finished';
      status: 'success' | 'failed' | 'cancelled';
      seconds: number;
      stages: StageOutcome[];
      /** From the reports, `<split>_<metric>` as the Trainer names them: test_accuracy, test_loss. */
      metrics: Record<string, number>;
      /** The split and the metric that each of `metrics` is of: both may contain underscores. */
      metricNames: Record<string, MetricName>;
      /** Where the trained models are: stage id -> folder. */
      models: Record<string, string>;
      /** Those of `models` that were written or repaired: stage id -> what was done. */
      changedModels?: Record<string, FolderChange>;
      /**
       * The cache folder, the bytes of what it stores (about, for they are not counted anew), and whether
       * other commands need `--cache-dir` to find it.
       */
      cache?: { dir: string; bytes: number; isChosen?: boolean };
      /** Of a recipe with a matrix; `metrics` are then those of its best cell, or the best means. */
      matrix?: MatrixResult;
    }
);

/** Anything that shows a run: it receives each event as it comes, and is closed at the end. */
export interface Renderer {
  event(event: RunEvent): void;
  /** Flushes pending output and releases the terminal. */
  close(): Promise<void>;
}
