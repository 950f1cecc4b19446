import type { DatasetArtifact, Features } from '../../../stage/artifact.js';
import { chunkStarts } from '../../../stage/chunk-starts.js';
import type { Objects } from '../../../stage/stage-type.js';
import { openDataset, type Row, rowsOf } from '../dataset.js';
import { orderedRows } from './ordered-rows.js';
import { savedValue, sizeOf } from './saved-column.js';

/** Hugging Face's default. */
export const MAX_SHARD_SIZE = 500e6;

export interface SaveOptions {
  /** Only this split, by default all. */
  split?: string;
  /**
   * The approximate size of a shard, in bytes of audio and other values; as in Hugging Face datasets, the
   * rows of a split are spread evenly.
   */
  max_shard_size: number;
  signal?: AbortSignal;
}

export interface Shard {
  /** `00000-of-00005`. */
  number: string;
  /** The rows, with saved values. At most `limits.rows` come together, or about `limits.bytes` of them. */
  batches(limits: { rows: number; bytes: number }): AsyncGenerator<Row[], void, undefined>;
}

/** The files that a split becomes: at least one, and none without rows unless the split has none. */
export async function shardsOf(
  artifact: DatasetArtifact,
  objects: Objects,
  split: string,
  { max_shard_size, signal }: SaveOptions,
): Promise<Shard[]> {
  const reader = openDataset(artifact, objects);
  const n = reader.num_rows(split);
  const wanted = Math.ceil((await bytesOf(artifact, objects, split)) / max_shard_size);
  const shards = Math.max(1, Math.min(wanted, n));
  const numbers = await rowsOf(artifact.splits[split]!, objects);
  return Array.from({ length: shards }, (_, i) => ({
    number: `${pad(i)}-of-${pad(shards)}`,
    batches: (limits) =>
      batchesOf(
        artifact.features,
        orderedRows(artifact, objects, reader, {
          split,
          start: startOf(i, n, shards),
          numbers: numbers.subarray(startOf(i, n, shards), startOf(i + 1, n, shards)),
        }),
        limits,
        signal,
      ),
  }));
}

async function* batchesOf(
  features: Features,
  rows: AsyncIterable<Row>,
  limits: { rows: number; bytes: number },
  signal?: AbortSignal,
): AsyncGenerator<Row[], void, undefined> {
  let batch: Row[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const values = Object.entries(features).map(
      ([name, feature]) => [name, savedValue(feature, row[name])] as const,
    );
    for (const [, value] of values) bytes += sizeOf(value);
    batch.push(Object.fromEntries(values));
    if (batch.length < limits.rows && bytes < limits.bytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
    signal?.throwIfAborted();
  }
  if (batch.length > 0) yield batch;
  signal?.throwIfAborted();
}

/** The first row of shard `i` of `shards`: each of the first `n % shards` has one row more. */
function startOf(i: number, n: number, shards: number): number {
  return Math.floor(n / shards) * i + Math.min(n % shards, i);
}

/** The approximate size of a split's rows in bytes: a proportional part of each chunk. */
async function bytesOf(artifact: DatasetArtifact, objects: Objects, split: string): Promise<number> {
  const starts = chunkStarts(artifact.chunks);
  const perRow = artifact.chunks.map(
    ({ rows, columns }) => Object.values(columns).reduce((sum, { size }) => sum + size, 0) / rows,
  );
  const sizes = new Float64Array(starts.at(-1)!);
  perRow.forEach((size, i) => {
    sizes.fill(size, starts[i]!, starts[i + 1]!);
  });
  return (await rowsOf(artifact.splits[split]!, objects)).reduce((sum, row) => sum + sizes[row]!, 0);
}

function pad(number: number): string {
  return String(number).padStart(5, '0');
}
