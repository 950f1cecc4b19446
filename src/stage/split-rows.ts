import { EtudeError } from '../util/errors.js';
import { count } from '../util/words.js';
import type { Split } from './artifact.js';
import type { Objects } from './stage-type.js';

/**
 * A selection of at most this many runs of consecutive rows is written as ranges, a more scattered one as an
 * object.
 */
const maxRanges = 16;

/** The rows of a split, in its order, numbered across all chunks of the dataset. */
export async function rowsOf(split: Split, objects: Objects): Promise<Uint32Array> {
  if ('ranges' in split) {
    const rows = new Uint32Array(split.num_rows);
    let i = 0;
    for (const [start, end] of split.ranges) for (let row = start; row < end; row++) rows[i++] = row;
    return rows;
  }
  const bytes = await objects.read(split.indices);
  if (bytes.byteLength !== split.num_rows * 4) {
    throw new EtudeError('the row numbers of a split are damaged', {
      expected: count(split.num_rows * 4, 'byte'),
      got: count(bytes.byteLength, 'byte'),
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: split.num_rows }, (_, i) => view.getUint32(i * 4, true));
}

/**
 * A split of these rows in this order: ranges if there are few, otherwise an object of little-endian uint32.
 */
export async function makeSplit(rows: ArrayLike<number>, objects: Objects): Promise<Split> {
  const ranges: [number, number][] = [];
  for (let i = 0; i < rows.length && ranges.length <= maxRanges; i++) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === rows[i]) last[1] += 1;
    else ranges.push([rows[i]!, rows[i]! + 1]);
  }
  if (ranges.length <= maxRanges) return { num_rows: rows.length, ranges };
  const bytes = new Uint8Array(rows.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < rows.length; i++) view.setUint32(i * 4, rows[i]!, true);
  return { num_rows: rows.length, indices: await objects.put(bytes) };
}
