import type { DatasetArtifact, Features, ObjectRef } from '../../stage/artifact.js';
import { chunkStarts } from '../../stage/chunk-starts.js';
import { rowsOf } from '../../stage/split-rows.js';
import type { Objects } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { type Column, decodeColumn } from './column.js';

export { makeSplit, rowsOf } from '../../stage/split-rows.js';

/** One row: values by column, in the conventions of `encodeColumn`. */
export type Row = Record<string, unknown>;

export interface ReadOptions {
  /** Columns to read; default all. */
  columns?: readonly string[];
  /** First row of the split; default 0. */
  start?: number;
  /** End (exclusive) within the split; default its length. */
  end?: number;
}

/** Reads a dataset artifact; decoded chunks are cached up to a limit, least recently used dropped first. */
export interface DatasetReader {
  readonly features: Features;
  /** Names of the splits, in order. */
  readonly splits: readonly string[];
  num_rows(split: string): number;
  row(split: string, i: number, columns?: readonly string[]): Promise<Row>;
  value(split: string, column: string, i: number): Promise<unknown>;
  /** All values of one column of a split, in its order. */
  column(split: string, column: string): Promise<unknown[]>;
  /** The rows of a split in its order. */
  rows(split: string, options?: ReadOptions): AsyncGenerator<Row, void, undefined>;
  /** Drops the decoded chunks that are in memory; they are read again when they are needed. */
  forget(): void;
}

const defaultCacheBytes = 256 * 1024 * 1024;

/**
 * Opens a dataset. Chunks are read when one of their values is first requested; at most `cacheBytes` of them
 * stay in memory. Unknown splits, unknown columns and rows out of range are EtudeErrors.
 */
export function openDataset(
  artifact: DatasetArtifact,
  objects: Objects,
  options: { cacheBytes?: number } = {},
): DatasetReader {
  const { features } = artifact;
  const starts = chunkStarts(artifact.chunks);
  const cache = new ChunkCache(objects, options.cacheBytes ?? defaultCacheBytes);
  const rowNumbers = new Map<string, Promise<Uint32Array>>();

  const splitOf = (name: string) => {
    const split = Object.hasOwn(artifact.splits, name) ? artifact.splits[name] : undefined;
    if (split === undefined) throw unknown('split', name, Object.keys(artifact.splits));
    return split;
  };
  const numbersOf = (name: string): Promise<Uint32Array> => {
    let numbers = rowNumbers.get(name);
    if (numbers === undefined) {
      numbers = rowsOf(splitOf(name), objects);
      rowNumbers.set(name, numbers);
    }
    return numbers;
  };
  const locate = (row: number): [chunk: number, offset: number] => {
    let low = 0;
    let high = artifact.chunks.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= row) low = middle;
      else high = middle;
    }
    return [low, row - starts[low]!];
  };
  const read = async (column: string, row: number): Promise<unknown> => {
    const feature = Object.hasOwn(features, column) ? features[column] : undefined;
    if (feature === undefined) throw unknown('column', column, Object.keys(features));
    const [chunk, offset] = locate(row);
    const ref = artifact.chunks[chunk]?.columns[column];
    if (ref === undefined) throw new EtudeError(`row ${row} is outside the dataset's chunks`);
    return (await cache.get(ref, (bytes) => decodeColumn(feature, bytes))).get(offset);
  };
  const rowAt = async (row: number, columns: readonly string[]): Promise<Row> =>
    Object.fromEntries(
      await Promise.all(columns.map(async (name) => [name, await read(name, row)] as const)),
    );
  const numberAt = async (split: string, i: number): Promise<number> => {
    const number = (await numbersOf(split))[i];
    if (number === undefined) {
      throw new EtudeError(`split '${split}' has no row ${i}`, {
        expected: `0 to ${splitOf(split).num_rows - 1}`,
      });
    }
    return number;
  };

  return {
    features,
    splits: Object.keys(artifact.splits),
    num_rows: (split) => splitOf(split).num_rows,
    row: async (split, i, columns = Object.keys(features)) => rowAt(await numberAt(split, i), columns),
    value: async (split, column, i) => read(column, await numberAt(split, i)),
    async column(split, column) {
      const values: unknown[] = [];
      for (const row of await numbersOf(split)) values.push(await read(column, row));
      return values;
    },
    async *rows(split, { columns = Object.keys(features), start = 0, end = splitOf(split).num_rows } = {}) {
      const numbers = await numbersOf(split);
      for (const row of numbers.subarray(start, end)) yield await rowAt(row, columns);
    },
    forget: () => cache.clear(),
  };
}

class ChunkCache {
  private readonly entries = new Map<string, { column: Promise<Column>; size: number }>();
  private size = 0;

  constructor(
    private readonly objects: Objects,
    private readonly limit: number,
  ) {}

  get(ref: ObjectRef, decode: (bytes: Uint8Array) => Column): Promise<Column> {
    const known = this.entries.get(ref.digest);
    if (known !== undefined) {
      this.entries.delete(ref.digest);
      this.entries.set(ref.digest, known);
      return known.column;
    }
    const column = this.objects.read(ref).then(decode);
    column.catch(() => this.drop(ref.digest));
    this.entries.set(ref.digest, { column, size: ref.size });
    this.size += ref.size;
    for (const digest of this.entries.keys()) {
      if (this.size <= this.limit || digest === ref.digest) break;
      this.drop(digest);
    }
    return column;
  }

  clear(): void {
    this.entries.clear();
    this.size = 0;
  }

  private drop(digest: string): void {
    const entry = this.entries.get(digest);
    if (entry === undefined) return;
    this.entries.delete(digest);
    this.size -= entry.size;
  }
}

function unknown(what: 'split' | 'column', name: string, names: string[]): EtudeError {
  return new EtudeError(`the dataset has no ${what} '${name}'`, {
    expected: names.length === 0 ? `a dataset with ${what}s` : `one of ${names.join(', ')}`,
  });
}
