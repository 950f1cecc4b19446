import type { Artifact, ArtifactKind, DatasetArtifact, ObjectRef } from './artifact.js';
import type { Continues } from './continues.js';
import type { Derivation } from './derivation.js';
import type { Outline, OutlineRequest } from './outline.js';
import type { Origin, Place } from './place.js';
import type { Progress } from './progress.js';
import type { Shard } from './shard.js';
import type { ChunkResults, Objects } from './stores.js';

export type { Continuation, Continues } from './continues.js';
export type { Outline, OutlineProblem, OutlineRequest } from './outline.js';
export type { EnsureOptions, Origin, Place, Repository, RepositoryFile } from './place.js';
export type { Progress, TrainingProgress } from './progress.js';
export type { Shard } from './shard.js';
export type { ChunkResults, Objects } from './stores.js';

/**
 * A stage type: what a module in `stages/` (or a user's module) exports as its default.
 *
 * Loading the module must be cheap and without side effects: heavy libraries are imported inside `run`.
 */
export interface StageType<P = Record<string, unknown>> {
  /** The name that `uses` gives for a built-in; for a user's module, a name for messages. */
  readonly name: string;
  /** One sentence for `etude check` and the documentation. */
  readonly description: string;
  /**
   * JSON Schema (draft-07) of `with`, `additionalProperties: false`. Built-ins leave it out: theirs is
   * `schemas/stages/<name>.schema.json`.
   */
  readonly schema?: Record<string, unknown>;
  /**
   * Inputs by name. A plain `from: id` connects the first one. `{}` for a stage that starts from files. One
   * that is `many` may be given several times, under names of the recipe's choice instead of its own.
   */
  readonly inputs: Readonly<Record<string, { kind: ArtifactKind; optional?: boolean; many?: boolean }>>;
  /**
   * The kind of a list of inputs of any length, `from: [a, b]`: they are then named 1, 2, … in this order,
   * and `inputs` is empty.
   */
  readonly inputList?: ArtifactKind;
  readonly output: ArtifactKind;
  /**
   * True if the engine affects the bytes of the result (train, evaluate): it is then part of the fingerprint.
   */
  readonly usesEngine?: boolean;
  /** npm packages whose version affects the result, for the fingerprint. */
  readonly libraries?: readonly string[];
  /**
   * True if every chunk of the result comes from one chunk of the first input, in order, and from nothing
   * else in it: `etude verify` may then compute just a few.
   */
  readonly chunkwise?: boolean;
  /**
   * True if the result has rows of the first input: the same in order, or any of them over chunks of which a
   * column is the same. Facts about a row (its clip's file) are then looked up there.
   */
  readonly keepsRows?: boolean;
  /**
   * True if the result has the chunks of all its inputs, one after the other, each with the same rows: facts
   * about a row are then looked up in the input that it is from.
   */
  readonly joinsChunks?: boolean;
  /**
   * `all` for work that uses all cores by itself: two such stages do not run at the same time. Default `one`.
   */
  readonly cores?: 'one' | 'all';

  /**
   * The user's files that the result depends on. Their content, not their path, is part of the fingerprint,
   * in place of the parameter.
   */
  sources?(params: P, place: Place): Promise<Source[]>;

  /**
   * Built-in stage types only: modules of the user's that the result depends on (`./my-metric.js`), by the
   * parameter that names them. Their code is part of the fingerprint, with all that they import.
   */
  modules?(params: P): readonly { param: string; module: string }[];

  /**
   * What the output will look like, from the parameters and the inputs' outlines alone, before anything runs;
   * reports problems (an unknown column, a wrong sampling rate) if they can be known this early. `undefined`
   * for what cannot be known.
   */
  outline?(request: OutlineRequest<P>): Promise<Outline | undefined> | Outline | undefined;

  /**
   * The splits of input datasets that affect the result, by input: when others change, it stays a hit. `run`
   * receives all of them, and may check the others, but they must not affect the result.
   *
   * @param inputs Names of the inputs that the recipe connects.
   */
  readsSplits?(params: P, inputs: readonly string[]): Record<string, readonly string[]>;

  /** Relative amount of work of these parameters (epochs, say), to scale predicted times. Default 1. */
  cost?(params: P): number;

  /**
   * Rows that `run` will process, each as often as it does, to predict times from those of past runs.
   * Default: all rows of its datasets.
   *
   * @param rowsOf Rows of a split of an input; `NaN` if unknown.
   * @param inputs Names of the inputs that the recipe connects.
   */
  rows?(params: P, rowsOf: (input: string, split: string) => number, inputs: readonly string[]): number;

  /**
   * Into how many parts the work can be divided among jobs, if it can at all. A job then computes its own
   * ones: see `StageContext.shard`. For a stage that works through `mapChunks`: the number of chunks of its
   * dataset.
   */
  parts?(params: P, inputs: Record<string, Artifact>): number;

  /**
   * The metric by which results of these parameters are compared, and its direction: the best combination of
   * a matrix is determined by the first of its stages that has this.
   */
  judgedBy?(params: P): { metric: string; greaterIsBetter: boolean };

  /**
   * The parameter that only repeats a measurement on other rows: the table of a matrix that varies it shows
   * mean and spread over its values.
   */
  readonly repeatedBy?: keyof P & string;

  /**
   * Built-in stage types only: makes the objects of a derivation that names this stage type again, by output,
   * from its inputs' bytes.
   */
  derive?(derivation: Derivation, inputs: Record<string, Uint8Array>): Promise<Record<string, Uint8Array>>;

  /** Built-in stage types only: parameters that do not affect the result; they are not fingerprinted. */
  readonly unaffectedBy?: readonly (keyof P & string)[];

  /** Built-in stage types only: how a result can be computed from what a shorter computation kept. */
  readonly continues?: Continues<P>;

  /** Computes: reads immutable inputs, writes objects, returns the artifact; touches nothing else. */
  run(context: StageContext<P>): Promise<StageResult>;
}

/**
 * Files behind one parameter: their names as the result knows them (relative, `/`), and where they are now. A
 * file with an origin need not exist yet: it is downloaded before the stage runs, and is not read earlier if
 * its size and digest (SHA-256) are known.
 */
export interface Source {
  param: string;
  files: { name: string; path: string; size?: number; digest?: string; origin?: Origin }[];
}

/** The same, after the planner has read them. */
export interface SourceFile extends ObjectRef {
  name: string;
  path: string;
  origin?: Origin;
}

export interface StageContext<P = Record<string, unknown>> {
  /** After defaults and validation. */
  params: P;
  inputs: Record<string, Artifact>;
  /**
   * By input, for the names of clips in messages: must not affect the result. Only for stages that use the
   * engine.
   */
  clips?: Readonly<Record<string, ClipSource>>;
  /** By parameter name, as `sources` named them. */
  sources: Record<string, SourceFile[]>;
  place: Place;
  objects: Objects;
  chunks: ChunkResults;
  /**
   * A folder for this fingerprint that survives a crash (for training state), and is removed once the stage
   * has succeeded. If the stage is a job, what is in it is copied for the next job meanwhile, but for names
   * that begin with `UNFINISHED`.
   */
  scratch: string;
  /**
   * The name of this computation in trackers, a single path segment: must not affect the result. Absent where
   * a result is only computed again to be checked.
   */
  runName?: string;
  /**
   * If present, only the parts of this shard are to be computed, into `chunks`, where a computation of the
   * whole stage finds them afterwards. What `run` then returns is not the stage's result: an empty artifact
   * is enough.
   */
  shard?: Shard;
  /** What the shorter computation kept that this one is to continue, if any: see `StageType.continues`. */
  kept?: Readonly<Record<string, ObjectRef>>;
  /**
   * Digest of the stage's code closure: belongs in the keys of `chunks`, so that new code never meets old
   * results.
   */
  code: string;
  /** The engine to compute with: `onnxruntime`, `tensorflow` or `cpu`. */
  engine: string;
  /**
   * Where that engine computes: `cpu`, `webgpu`, `cuda`, `coreml` or `dml`. Only `onnxruntime` has a choice.
   */
  device?: string;
  /** Cores this stage may use. */
  cores: number;
  signal: AbortSignal;
  progress(progress: Progress): void;
  /**
   * A message for the user. A warning belongs to the result: it is stored with it, and shown again on every
   * hit.
   */
  log(level: 'info' | 'warning', text: string): void;
}

/** An earlier dataset that still has audio: row by row, the clips that the stage's input came from. */
export interface ClipSource {
  dataset: DatasetArtifact;
  column: string;
}

export interface StageResult<A extends Artifact = Artifact> {
  artifact: A;
  /** Rows decoded, read or transformed this time, rather than taken from finished chunks. */
  rowsComputed?: number;
  /** A few words for the stage's line: "840 clips", "accuracy 0.93". */
  summary?: string;
  /**
   * Objects that a longer computation can continue from: they stay in the cache until garbage collection, but
   * are not part of the result.
   */
  kept?: Readonly<Record<string, ObjectRef>>;
}
