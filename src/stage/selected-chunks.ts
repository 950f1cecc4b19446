import type { Chunk, DatasetArtifact, Split } from './artifact.js';
import { chunkStarts } from './chunk-starts.js';
import { makeSplit, rowsOf } from './split-rows.js';
import type { Objects } from './stage-type.js';

/**
 * The chunks of a dataset that contain rows of a split, and the splits with rows numbered across only those
 * chunks.
 */
export interface SelectedChunks {
  chunks: Chunk[];
  splits: Record<string, Split>;
}

/** Leaves out the chunks that contain no split's rows. */
export async function selectChunks(dataset: DatasetArtifact, objects: Objects): Promise<SelectedChunks> {
  const starts = chunkStarts(dataset.chunks);
  const chunkOfRow = new Uint32Array(starts.at(-1)!);
  dataset.chunks.forEach(({ rows }, i) => {
    chunkOfRow.fill(i, starts[i]!, starts[i]! + rows);
  });
  const rowsBySplit = new Map<string, Uint32Array>();
  const selected = new Set<number>();
  for (const [name, split] of Object.entries(dataset.splits)) {
    const rows = await rowsOf(split, objects);
    rowsBySplit.set(name, rows);
    for (const row of rows) selected.add(chunkOfRow[row]!);
  }
  const chunks = dataset.chunks.filter((_, i) => selected.has(i));
  if (chunks.length === dataset.chunks.length) return { chunks, splits: dataset.splits };

  const dropped = new Uint32Array(dataset.chunks.length);
  let gone = 0;
  dataset.chunks.forEach(({ rows }, i) => {
    dropped[i] = gone;
    if (!selected.has(i)) gone += rows;
  });
  const splits: Record<string, Split> = {};
  for (const [name, rows] of rowsBySplit) {
    splits[name] = await makeSplit(
      rows.map((row) => row - dropped[chunkOfRow[row]!]!),
      objects,
    );
  }
  return { chunks, splits };
}
