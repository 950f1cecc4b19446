import type { Features } from '../../../stage/artifact.js';
import type { FileOfSource } from '../../../stage/source-folder.js';
import type { Repository } from '../../../stage/stage-type.js';
import type { EtudeError, Where } from '../../../util/errors.js';
import type { Row } from '../dataset.js';

/** A user's file with rows, or audio that rows refer to. Its `name` is relative to the dataset's folder. */
export interface DataFile extends FileOfSource {
  /** As a message should name it: as the recipe spells the folder, then the name. */
  shown: string;
  /** The repository of the Hub that it belongs to: it may not be on this machine yet. */
  repository?: Repository;
}

/** One row as in the file, before conversion to the conventions of `encodeColumn`, and its position. */
export interface SourceRow {
  values: Row;
  where: Where;
  /** Why the file has no values here. */
  malformed?: EtudeError;
  /** A column's text as in the file, if the values come from text. */
  written?(column: string): string | undefined;
}

/** Rows of one file (or of one folder of audio). */
export interface Table {
  num_rows: number;
  /**
   * Why rows cannot be used, by row, where that is known before they are read: their values are not to be
   * relied on.
   */
  problems?: ReadonlyMap<number, EtudeError>;
  /** Rows `[start, end)` in order. */
  rows(start: number, end: number): AsyncIterable<SourceRow>;
}

/** Rows of one file that declares its columns. */
export interface FeaturedTable extends Table {
  features: Features;
  /** Names of all columns of the file. */
  available: string[];
}

/** A dataset outside the content store, opened: its columns, and the tables of each split in order. */
export interface OpenedSource {
  features: Features;
  splits: Record<string, Table[]>;
  /** What a person should know, of files skipped for instance. */
  warnings: string[];
}

export type Format = 'parquet' | 'csv' | 'json' | 'audiofolder';
