import type { Features } from '../../../stage/artifact.js';
import type { FileOfSource } from '../../../stage/source-folder.js';
import type { Repository } from '../../../stage/stage-type.js';
import type { EtudeError, Where } from '../../../util/errors.js';
import type { Row } from '../dataset.js';

/** A user's file with rows, or audio that rows refer to. Its `name` is relative to the dataset's folder. */
export interface DataFile extends FileOfSource {
  /** How messages name it: the folder as the recipe spells it, then the name. */
  shown: string;
  /** The Hub repository that it belongs to: it may not have been downloaded yet. */
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
   * Why rows are unusable, by row, as far as known before they are read: their values cannot be relied on.
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
  /** Columns of audio whose bytes are missing in every row, as far as that is known before they are read. */
  withoutBytes?: readonly string[];
}

/** A dataset outside the content store, opened: its columns, and the tables of each split in order. */
export interface OpenedSource {
  features: Features;
  splits: Record<string, Table[]>;
  /** What a person should know, for example about skipped files. */
  warnings: string[];
}

export type Format = 'parquet' | 'csv' | 'json' | 'audiofolder';
