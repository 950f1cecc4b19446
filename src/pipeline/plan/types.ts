import type { Chunk } from '../../stage/artifact.js';
import type { SourceFile } from '../../stage/stage-type.js';
import type { Cache, Entry, FingerprintParts, PinnedRepository, Work } from '../cache/types.js';
import type { Pipeline, PipelineStage } from '../recipe/pipeline.js';
import type { CodeView } from './code/code-view.js';

/**
 * Why a stage runs: one sentence each, with the field and both values if there are any ("learning_rate 3e-5 →
 * 1e-4").
 */
export interface Reason {
  type:
    | 'never-run'
    | 'param'
    | 'source'
    | 'input'
    | 'code'
    | 'library'
    | 'damaged'
    | 'upstream'
    | 'forced'
    | 'refused'
    | 'continues'
    | 'from-start';
  /** The parameter, file, input or library that differs. */
  field?: string;
  before?: string;
  after?: string;
  text: string;
}

/** What a shorter computation kept, and the fraction of the work that was done then. */
export interface Continued {
  kept: Chunk['columns'];
  done: number;
}

export type PlannedStage =
  | { type: 'hit'; stage: PipelineStage; entry: Entry; repositories?: PinnedRepository[] }
  /** `fingerprint` is known if all inputs are; otherwise `because` says which input will change. */
  | {
      type: 'run';
      stage: PipelineStage;
      fingerprint?: string;
      parts?: FingerprintParts;
      /** With `fingerprint`: the files behind it, as they were read. */
      sources?: Record<string, SourceFile[]>;
      because: Reason[];
      predictedSeconds?: number;
      /** If the prediction is uncertain. */
      predictedRange?: [low: number, high: number];
      work?: Work;
      /** The shorter computation that it continues. */
      continues?: Continued;
      /** Hub repositories that it reads, at the commits that the plan found. */
      repositories?: PinnedRepository[];
    }
  /** Cannot run, because a source is missing or an input is blocked. */
  | { type: 'blocked'; stage: PipelineStage; because: Reason[]; error: string };

export interface Plan {
  stages: PlannedStage[];
}

export interface PlanOptions {
  pipeline: Pipeline;
  cache: Cache;
  /** Name and version of the engine, as in the fingerprints of stage types that use it. */
  engineId: string;
  /** Stage ids to run even if they are cached. */
  force?: ReadonlySet<string>;
  /** Hash every object of a hit. */
  verify?: boolean;
  /** The code of stage types; by default, the current code. */
  code?: CodeView;
}

/**
 * Plans one stage whose inputs are known (`entries`: stage id -> entry, at least of its inputs): the runner
 * calls it as inputs become known, so that planning and running share one path.
 */
export type PlanStage = (
  stage: PipelineStage,
  entries: ReadonlyMap<string, Entry>,
  options: PlanOptions,
) => Promise<PlannedStage>;

/** Plans a whole pipeline before anything runs. */
export type PlanPipeline = (options: PlanOptions) => Promise<Plan>;
