import type { AugmentParams } from './params.js';

/** An immutable file in the content store, named by the SHA-256 of its bytes. */
export interface ObjectRef {
  /** Lower-case hexadecimal SHA-256. */
  digest: string;
  /** Bytes. */
  size: number;
}

/** A column's type, in the words (and the JSON) of Hugging Face datasets. */
export type Feature =
  | { _type: 'Value'; dtype: ValueType }
  | { _type: 'ClassLabel'; names: string[] }
  | AudioFeature
  | ListFeature;

export interface ListFeature {
  _type: 'List';
  feature: Feature;
  length?: number;
  /** Where the lists hold what a model made of clips, as `embed` produces. */
  states?: States;
  /** Where a feature extractor made the lists of clips: of which, if the dataset still has them, and how. */
  extracted?: Extracted;
  /** How training changes the clips before it extracts the lists again. */
  augment?: Augment;
}

/** How a feature extractor made a column. */
export interface Extracted {
  /** The column of decoded audio, when it did. */
  column: string;
  /** The extractor's configuration, and the options that it was called with. */
  config: Readonly<Record<string, unknown>>;
  options: Readonly<Record<string, unknown>>;
}

/** Changes to clips, in the order in which they are made. */
export type Changes = Pick<
  AugmentParams,
  'speed' | 'shift' | 'gain' | 'background_noise' | 'noise' | 'telephone'
>;

/** What `augment` records: `train` makes the changes anew in each epoch. */
export interface Augment {
  /** The column of decoded audio. */
  column: string;
  seed: number;
  changes: Changes;
  /** For `background_noise`: a dataset with nothing but decoded `audio`. Its rows are those of all splits. */
  noises?: DatasetArtifact;
}

/**
 * What a list holds that a frozen part of a model made of a clip: the hidden states of its frames, one after
 * the other, or their means.
 */
export interface States {
  /** Digest of what they were computed with, once that is known. */
  frozen?: string;
  /** Transformer layers that they went through. */
  layers: number;
  /** `none`: the states of each frame; `mean`: their mean over the frames. */
  pooling: 'none' | 'mean';
  /** Whether there are means of every layer, one after the other, for models that sum the layers. */
  every_layer?: boolean;
}

export type ValueType =
  | 'string'
  | 'binary'
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float16'
  | 'float32'
  | 'float64';

/**
 * Audio. `storage` says what the chunks contain: `encoded` is struct<bytes: binary, path: string>, a file's
 * original bytes; `samples` is struct<array: list<float32>, path: string>, decoded mono at `sampling_rate`.
 */
export interface AudioFeature {
  _type: 'Audio';
  /** Hz; unknown for encoded audio whose files may differ. */
  sampling_rate?: number;
  storage: 'encoded' | 'samples';
}

/** Columns in order. */
export type Features = Record<string, Feature>;

/**
 * Rows that are stored together: one object per column, each an Arrow IPC file with one record batch of one
 * field, `values`.
 */
export interface Chunk {
  rows: number;
  columns: Record<string, ObjectRef>;
}

/**
 * A split: which rows of the dataset's chunks (numbered across all chunks, from 0) belong to it, in which
 * order. Either contiguous ranges `[start, end)`, or an object of little-endian uint32 row numbers.
 */
export type Split =
  | { num_rows: number; ranges: [start: number, end: number][] }
  | { num_rows: number; indices: ObjectRef };

export interface DatasetArtifact {
  kind: 'dataset';
  features: Features;
  chunks: Chunk[];
  splits: Record<string, Split>;
  /** What the stage left out of its input because it is unusable, if it is to continue without it. */
  skipped?: SkippedRows;
}

/** Rows that a stage left out: how many, and the first of them with the reasons. */
export interface SkippedRows {
  rows: number;
  first: SkippedRow[];
}

/** `row` counts within `split` of the stage's input. */
export interface SkippedRow {
  split: string;
  row: number;
  /** The clip's name, if it has one. */
  file?: string;
  reason: string;
}

/**
 * A model folder in the Hugging Face layout: config.json, model.safetensors, preprocessor_config.json and the
 * training's log.
 */
export interface ModelArtifact {
  kind: 'model';
  files: Record<string, ObjectRef>;
  /** Class names in the order of the logits. */
  labels: string[];
  /** Number of parameters. */
  num_parameters: number;
  /** The last evaluation of the training, by metric, if there was one. */
  metrics: Record<string, number>;
}

/** What an evaluation measured: by split, then by metric. */
export interface ReportArtifact {
  kind: 'report';
  /** The splits' metrics; the first split is the one that the recipe names first. */
  metrics: Record<string, Record<string, number>>;
  /** Full reports: confusion matrix, per-class numbers, predictions per row. */
  files: Record<string, ObjectRef>;
}

/**
 * What a stage produced. Contains nothing that differs between two computations of the same thing (no times,
 * no paths).
 */
export type Artifact = DatasetArtifact | ModelArtifact | ReportArtifact;
export type ArtifactKind = Artifact['kind'];

/** Every object that an artifact references. */
export function objectsOf(artifact: Artifact): ObjectRef[] {
  if (artifact.kind !== 'dataset') return Object.values(artifact.files);
  const columns = artifact.chunks.flatMap((chunk) => Object.values(chunk.columns));
  const noises = Object.values(artifact.features).flatMap((feature) => {
    const dataset = feature._type === 'List' ? feature.augment?.noises : undefined;
    return dataset === undefined ? [] : objectsOf(dataset);
  });
  const indices = Object.values(artifact.splits).flatMap((split) =>
    'indices' in split ? [split.indices] : [],
  );
  return [...columns, ...noises, ...indices];
}
