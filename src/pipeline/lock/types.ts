import type { Json } from '../../util/json.js';
import type { PinnedRepository } from '../cache/types.js';

/** Version of the lock file's format. */
export const LOCK_FORMAT = 1;

/**
 * What a recipe reached, where and with what: `<recipe>.lock`, for git. It holds nothing that differs from
 * run to run on one machine: no paths, names of users, times or tokens.
 */
export interface LockFile {
  format: typeof LOCK_FORMAT;
  /** The recipe's file name. */
  recipe: string;
  name: string;
  /** Version of Etude. */
  etude: string;
  /**
   * Name and version (and the device unless it is the CPU) of the engine that the stages used which it
   * shapes.
   */
  engine: string;
  platform: Platform;
  /**
   * How far a metric may be off and still be the same, by its name (`accuracy`, `loss`); a person may change
   * these.
   */
  tolerances: Record<string, number>;
  /** In running order. */
  stages: Record<string, LockedStage>;
}

/** What of a machine may show in results that are not exact to the bit. */
export interface Platform {
  os: string;
  arch: string;
  cpu: string;
  cores: number;
  node: string;
}

/** One stage: what its result depends on, and what that was. */
export interface LockedStage {
  uses: string;
  /** Input name -> stage id. */
  from?: Record<string, string>;
  fingerprint: string;
  /** After defaults (seeds too), without the parameters that refer to files. */
  params: Record<string, Json>;
  /** Files by parameter: name -> SHA-256; of many how many, one digest of all, and up to 1,000 short ones. */
  sources?: Record<string, Json>;
  /** Where files of the Hub came from. */
  repositories?: PinnedRepository[];
  /** Digest of the code closure. */
  code: string;
  /**
   * For a user's module: its files, each with the first digits of what it does. Of stages with the same `code`
   * the first has them.
   */
  files?: Record<string, string>;
  /** Versions of the libraries that shape the result. */
  libraries?: Record<string, string>;
  /** Input name -> digest of the input's content. */
  inputs?: Record<string, string>;
  output: LockedOutput;
}

/** What a stage produced. */
export interface LockedOutput {
  kind: 'dataset' | 'model' | 'report';
  /** SHA-256 of the artifact, objects and all. */
  digest: string;
  /** Of a dataset: rows by split. */
  rows?: Record<string, number>;
  /** Of a dataset: rows that the stage left out because they could not be used. */
  skipped?: number;
  /** Of a dataset: its objects, and one digest of their names. */
  objects?: { count: number; bytes: number; digest: string };
  /** Of a model or a report. */
  files?: Record<string, string>;
  /** The label map: class names by column where they are new (`label` of a model). */
  labels?: Record<string, string[]>;
  /** By split (a model's last evaluation: `evaluation`), then by metric. */
  metrics?: Record<string, Record<string, number>>;
}
