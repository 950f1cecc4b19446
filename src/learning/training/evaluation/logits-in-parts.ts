import { isOwn, type Shard } from '../../../stage/shard.js';
import type { ChunkResults, Objects } from '../../../stage/stage-type.js';
import { digestOfJson } from '../../../util/canonical-json.js';
import type { BatchSource } from '../batches.js';
import { computeLogits } from '../compute-logits.js';
import type { LogitsOf } from '../logits-session.js';

/** Bump when parts are computed or stored differently. */
const KEY_VERSION = 1;

/** Rows in a part, at least: about as many as in the chunks of a dataset. */
const ROWS = 64;

/** Where the logits of parts of a split are kept, and which of them are computed. */
export interface LogitsStore {
  objects: Objects;
  chunks: ChunkResults;
  /** JSON: everything that the logits of rows depend on, besides the rows' numbers and the batch size. */
  depends: unknown;
  /** Its own parts are computed and stored. Without a shard, missing parts are computed, but not stored. */
  shard?: Shard;
  /** Number of parts of the splits before this one. */
  first: number;
}

export interface LogitsRequest {
  source: BatchSource;
  /** Number of rows. */
  size: number;
  batchSize: number;
  graph: LogitsOf;
  signal: AbortSignal;
  /** Called with the number of rows done. */
  progress(done: number): void;
}

/** The number of parts of a split: whole batches each. */
export function countParts(rows: number, batchSize: number): number {
  return Math.ceil(rows / rowsOfPart(batchSize));
}

/**
 * Logits of rows 0 to size − 1, in batches, in order: [rows, classes]; of a shard, those of its own parts.
 * What shards have computed is read.
 */
export async function logitsInParts(request: LogitsRequest, store: LogitsStore): Promise<Float32Array> {
  const { source, size, batchSize, graph, signal, progress } = request;
  const { objects, chunks, shard, first } = store;
  const rows = rowsOfPart(batchSize);
  const space = digestOfJson([KEY_VERSION, store.depends, batchSize]);
  const found: Float32Array[] = [];
  let done = 0;
  for (let part = 0; part < countParts(size, batchSize); part += 1) {
    if (!isOwn(shard, first + part)) continue;
    const start = part * rows;
    const count = Math.min(rows, size - start);
    const key = digestOfJson([space, start]);
    const kept = (await chunks.get(key))?.columns.logits;
    const from = done;
    const logits = kept
      ? numbersIn(await objects.read(kept))
      : await computeLogits(
          (batch) => source(Array.from(batch, (row) => start + row)),
          count,
          batchSize,
          graph,
          signal,
          (computed) => progress(from + computed),
        );
    if (kept === undefined && shard !== undefined) {
      const bytes = new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength);
      await chunks.set(key, { rows: count, columns: { logits: await objects.put(bytes) } });
    }
    found.push(logits);
    done += count;
    progress(done);
  }
  return joined(found);
}

function rowsOfPart(batchSize: number): number {
  return batchSize * Math.ceil(ROWS / batchSize);
}

/** A copy: the bytes of an object may begin anywhere. */
function numbersIn(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
