import type { DatasetArtifact } from '../../../stage/artifact.js';
import type { Objects } from '../../../stage/stage-type.js';
import { type DatasetReader, openDataset, type Row } from '../dataset.js';
import { AudioRows } from './audio-rows.js';

/** Bytes of rows in another order than that of their chunks that are in memory at a time. */
const WINDOW_BYTES = 256 * 1024 * 1024;

/** Rows of a split, one after another. */
export interface RowRange {
  split: string;
  /** The first row, within the split. */
  start: number;
  /** What each row is, across all chunks. */
  numbers: Uint32Array;
}

/**
 * Rows of a split in its order, without the chunks around them. Each chunk is read once if that is the order of the chunks. Otherwise audio
 * is read row by row, and what else there is window by window, in which each chunk is read once.
 *
 * @param reader for rows in the order of their chunks
 */
export async function* orderedRows(
  artifact: DatasetArtifact,
  objects: Objects,
  reader: DatasetReader,
  range: RowRange,
  windowBytes = WINDOW_BYTES,
): AsyncGenerator<Row, void, undefined> {
  const { split, start, numbers } = range;
  if (numbers.every((row, i) => i === 0 || row > numbers[i - 1]!)) {
    for await (const row of reader.rows(split, { start, end: start + numbers.length }))
      yield alone(row) as Row;
    return;
  }
  const names = Object.keys(artifact.features);
  const audio = names.filter((name) => artifact.features[name]!._type === 'Audio');
  const others = names.filter((name) => !audio.includes(name));
  const sizes = artifact.chunks.map(({ columns }) =>
    others.reduce((sum, name) => sum + columns[name]!.size, 0),
  );
  const chunks = openDataset(artifact, objects, { cacheBytes: mostOf(sizes) });
  const perRow = mostOf(sizes.map((size, i) => size / artifact.chunks[i]!.rows));
  const length = Math.max(1, Math.floor(windowBytes / Math.max(1, perRow)));
  const single = new AudioRows(artifact, objects);
  try {
    for (let first = 0; first < numbers.length; first += length) {
      const window = numbers.subarray(first, first + length);
      const rows = new Array<Row>(window.length);
      for (const i of [...window.keys()].sort((a, b) => window[a]! - window[b]!))
        rows[i] = alone(await chunks.row(split, start + first + i, others)) as Row;
      for (const [i, row] of rows.entries()) {
        for (const name of audio)
          row[name] =
            (await single.value(name, window[i]!)) ?? (await chunks.value(split, name, start + first + i));
        yield row;
      }
    }
  } finally {
    await single.close();
  }
}

/** There may be more numbers than a call may have arguments. */
function mostOf(numbers: readonly number[]): number {
  return numbers.reduce((most, each) => Math.max(most, each), 0);
}

/** A value without the chunk around it, which it would keep in memory. */
function alone(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (value instanceof Float32Array) return Float32Array.from(value);
  if (value === null || typeof value !== 'object') return value;
  // Lists of numbers have been copied.
  if (Array.isArray(value)) return typeof value[0] === 'object' ? value.map(alone) : value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, alone(each)]));
}
