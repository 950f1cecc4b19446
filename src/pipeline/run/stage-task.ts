import type { Artifact } from '../../stage/artifact.js';
import type { ClipSource, Progress, SourceFile } from '../../stage/stage-type.js';
import type { EtudeErrorOptions } from '../../util/errors.js';

/**
 * One stage to compute: all that its process needs, so that the same could be handed to another machine that
 * sees the cache folder. A process of its own is given it as the file `task.json`, with `output`: where it
 * writes its `StageOutput`, by rename.
 */
export interface StageTask {
  stage: string;
  /** Absolute path of the stage type's module. */
  module: string;
  params: Record<string, unknown>;
  inputs: Record<string, Artifact>;
  clips?: ClipSource;
  sources: Record<string, SourceFile[]>;
  /** The recipe file; relative paths start from it. */
  recipe: string;
  cacheDir: string;
  scratch: string;
  /** Digest of the stage's code closure, from its fingerprint. */
  code: string;
  engine: string;
  device?: string;
  cores: number;
}

/** What a stage process leaves behind. */
export type StageOutput =
  | { type: 'success'; artifact: Artifact; rowsComputed?: number; summary?: string; warnings?: string[] }
  | {
      type: 'failed';
      message: string;
      options: EtudeErrorOptions /** Only for defects, never for user errors. */;
      stack?: string;
    }
  /**
   * The stage read, or ran, files other than those in its fingerprint: its result must not be kept under
   * that.
   */
  | { type: 'changed'; what: 'source' | 'code'; names: string[] }
  | { type: 'aborted' };

/** Stage process to runner. */
export type StageMessage =
  | { type: 'progress'; progress: Progress }
  | { type: 'log'; level: 'info' | 'warning'; text: string }
  /** The output, where it cannot be written to its file. */
  | { type: 'unwritten'; output: StageOutput }
  /**
   * The output, of a process that may be given another stage: unless it is the last. `said`: bytes that have
   * been printed until now.
   */
  | { type: 'done'; output: StageOutput; isLast: boolean; said: { stdout: number; stderr: number } };

/** Runner to stage process. */
export type StageCommand = { type: 'abort' } | { type: 'task'; task: StageTask } | { type: 'end' };
