import type { Artifact, Chunk, ObjectRef } from '../../stage/artifact.js';
import type { ClipSource, Progress, Shard, SourceFile } from '../../stage/stage-type.js';
import type { EtudeErrorOptions } from '../../util/errors.js';

/**
 * One stage to compute: everything that its process needs, so that it could also be sent to another machine
 * that sees the cache folder. A separate process gets it as the file `task.json`, with `output`: where it
 * writes its `StageOutput`, by rename.
 */
export interface StageTask {
  stage: string;
  /** Absolute path of the stage type's module. */
  module: string;
  params: Record<string, unknown>;
  inputs: Record<string, Artifact>;
  clips?: Record<string, ClipSource>;
  sources: Record<string, SourceFile[]>;
  /** The recipe file; relative paths are relative to it. */
  recipe: string;
  cacheDir: string;
  scratch: string;
  /** See `StageContext.runName`. */
  runName?: string;
  /** See `StageContext.shard`. */
  shard?: Shard;
  /** Finished chunks, by key, in addition to those in the cache: what shards have made. */
  chunks?: Readonly<Record<string, Chunk>>;
  /** See `StageContext.kept`. */
  kept?: Readonly<Record<string, ObjectRef>>;
  /**
   * The user's modules that a built-in stage type loads: name in the recipe -> digest of its code, from the
   * fingerprint.
   */
  modules?: Readonly<Record<string, string>>;
  /** Digest of the stage's code closure, from its fingerprint. */
  code: string;
  engine: string;
  device?: string;
  cores: number;
}

/** What a stage process leaves behind. */
export type StageOutput =
  | {
      type: 'success';
      artifact: Artifact;
      rowsComputed?: number;
      summary?: string;
      warnings?: string[];
      kept?: Readonly<Record<string, ObjectRef>>;
      /** Of a shard: its chunks, by key. */
      chunks?: Readonly<Record<string, Chunk>>;
      /** How long it took, if whoever waited for it does not know: it was computed elsewhere. */
      seconds?: number;
    }
  | {
      type: 'failed';
      message: string;
      options: EtudeErrorOptions /** Only for defects, never for user errors. */;
      stack?: string;
    }
  /**
   * The stage read, or ran, files other than those in its fingerprint: its result must not be stored under
   * that.
   */
  | { type: 'changed'; what: 'source' | 'code'; names: string[] }
  /** `because`: what the run reports about the stage; `left`: a job that goes on without the run. */
  | { type: 'aborted'; because?: string; left?: { id: string; executor: string } };

/** Stage process to runner. */
export type StageMessage =
  | { type: 'progress'; progress: Progress }
  | { type: 'log'; level: 'info' | 'warning'; text: string }
  /** What was learnt about files is stored, and the cache folder is left alone. */
  | { type: 'rested' }
  /** The output, if it cannot be written to its file. */
  | { type: 'unwritten'; output: StageOutput }
  /**
   * The output of a process that may be given another stage, unless `isLast`. `said`: the number of bytes
   * printed so far.
   */
  | { type: 'done'; output: StageOutput; isLast: boolean; said: { stdout: number; stderr: number } };

/** Runner to stage process. */
export type StageCommand =
  | { type: 'abort' }
  | { type: 'task'; task: StageTask }
  /** Nothing more comes for this cache folder at the moment; it may go. Answered by `rested`. */
  | { type: 'rest' }
  | { type: 'end' };
