import type { Chunk, DatasetArtifact, Feature } from '../../../stage/artifact.js';
import { chunkStarts } from '../../../stage/chunk-starts.js';
import { rowsOf } from '../../../stage/split-rows.js';
import type { Objects, StageContext } from '../../../stage/stage-type.js';
import { openDataset } from '../../data/dataset.js';
import { mapChunks } from '../../data/map-chunks.js';
import { type ClipFacts, transform } from './clip-facts.js';

/** What measuring needs: where finished chunks are, above all. */
export type Measuring = Pick<StageContext, 'chunks' | 'code' | 'cores' | 'signal' | 'progress' | 'log'>;

/** Of larger data, only some chunks are measured: bytes of audio. */
const MOST_BYTES = 4e9;

/**
 * A clip of a split; `undefined` if it was not measured, `null` if there is none, `false` if it is broken.
 */
export type Measured = ClipFacts | null | false | undefined;

const text: Feature = { _type: 'Value', dtype: 'string' };

/** Measures the clips of each split, by row. What was measured before is taken from there. */
export async function measureData(
  dataset: DatasetArtifact,
  column: string,
  objects: Objects,
  measuring: Measuring,
): Promise<Map<string, Measured[]>> {
  const starts = chunkStarts(dataset.chunks);
  const rows = new Map<string, Uint32Array>();
  for (const [name, split] of Object.entries(dataset.splits)) rows.set(name, await rowsOf(split, objects));
  const facts = new Array<Measured>(starts.at(-1)!);
  const isNeeded = new Uint8Array(starts.at(-1)!);
  for (const numbers of rows.values()) for (const row of numbers) isNeeded[row] = 1;
  const needed = dataset.chunks.flatMap((chunk, i) =>
    isNeeded.subarray(starts[i], starts[i + 1]).includes(1) ? [{ chunk, start: starts[i]! }] : [],
  );
  const chosen = spread(needed, column);
  const total = chosen.reduce((sum, { chunk }) => sum + chunk.rows, 0);
  const { artifact } = await mapChunks({
    context: { ...measuring, objects },
    dataset: {
      ...dataset,
      chunks: chosen.map(({ chunk }) => chunk),
      splits: { all: { num_rows: total, ranges: [[0, total]] } },
    },
    transform,
    params: null,
    inputs: { audio: column },
    outputs: { facts: { column: 'facts', feature: text } },
    features: { facts: text },
    unit: 'clips',
  });
  const stored = (await openDataset(artifact, objects).column('all', 'facts')) as (string | null)[];
  let at = 0;
  for (const { chunk, start } of chosen)
    for (let row = 0; row < chunk.rows; row += 1) {
      const found = stored[at++]!;
      facts[start + row] = found === null ? null : (JSON.parse(found) as ClipFacts | false);
    }
  return new Map([...rows].map(([name, numbers]) => [name, Array.from(numbers, (row) => facts[row])]));
}

/** All chunks, or as many as are not too much, evenly chosen. */
function spread(
  chunks: readonly { chunk: Chunk; start: number }[],
  column: string,
): { chunk: Chunk; start: number }[] {
  const bytes = chunks.reduce((sum, { chunk }) => sum + chunk.columns[column]!.size, 0);
  const most = Math.max(1, Math.floor((chunks.length * MOST_BYTES) / Math.max(1, bytes)));
  if (most >= chunks.length) return [...chunks];
  return Array.from({ length: most }, (_, i) => chunks[Math.floor((i * chunks.length) / most)]!);
}
