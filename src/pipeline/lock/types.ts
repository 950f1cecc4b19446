import type { Json } from '../../util/json.js';
import type { PinnedRepository } from '../cache/types.js';

/** Version of the lock file's format. */
export const LOCK_FORMAT = 1;

/**
 * A recipe's results, and where and how they were computed: `<recipe>.lock`, for git. It contains nothing
 * that differs from run to run on one machine: no paths, names of users, times or tokens.
 */
export interface LockFile {
  format: typeof LOCK_FORMAT;
  /** The recipe's file name. */
  recipe: string;
  name: string;
  /** Version of Etude. */
  etude: string;
  /**
   * Name and version (and the device unless it is the CPU) of the engine, if a stage that it affects used
   * one.
   */
  engine: string;
  platform: Platform;
  /**
   * How far a metric may deviate and still count as the same, by its name (`accuracy`, `loss`); users may
   * change these.
   */
  tolerances: Record<string, number>;
  /** In running order. */
  stages: Record<string, LockedStage>;
}

/** What may affect results that are not bit-exact on a machine. */
export interface Platform {
  os: string;
  arch: string;
  cpu: string;
  cores: number;
  node: string;
}

/** One stage: what its result depends on, and the result. */
export interface LockedStage {
  uses: string;
  /** Input name -> stage id. */
  from?: Record<string, string>;
  fingerprint: string;
  /** After defaults (including seeds), without the parameters that refer to files. */
  params: Record<string, Json>;
  /**
   * Files by parameter: name -> SHA-256; for many, their number, one digest of all, and up to 1,000 short
   * ones.
   */
  sources?: Record<string, Json>;
  /** Where files on the Hub came from. */
  repositories?: PinnedRepository[];
  /** Digest of the code closure. */
  code: string;
  /**
   * For a user's module: its files, each with the first digits of what it does. Only the first stage with the
   * same `code` has them.
   */
  files?: Record<string, string>;
  /** Versions of the libraries that affect the result. */
  libraries?: Record<string, string>;
  /** Input name -> digest of the input's content. */
  inputs?: Record<string, string>;
  output: LockedOutput;
}

/** What a stage produced. */
export interface LockedOutput {
  kind: 'dataset' | 'model' | 'report';
  /** SHA-256 of the artifact, including its objects. */
  digest: string;
  /** For a dataset: rows by split. */
  rows?: Record<string, number>;
  /** For a dataset: rows that the stage skipped because they were unusable. */
  skipped?: number;
  /** For a dataset: its objects, and one digest of their names. */
  objects?: { count: number; bytes: number; digest: string };
  /** For a model or a report. */
  files?: Record<string, string>;
  /** The label map: class names by column if they are new (`label` for a model). */
  labels?: Record<string, string[]>;
  /** By split (a model's last evaluation: `evaluation`), then by metric. */
  metrics?: Record<string, Record<string, number>>;
}
