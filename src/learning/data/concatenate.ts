import type { Chunk, DatasetArtifact, Features } from '../../stage/artifact.js';
import { makeSplit, rowsOf } from '../../stage/split-rows.js';
import type { Objects } from '../../stage/stage-type.js';

/** Splits of the same name one after the other, in the order of the datasets. */
export function unionOfSplits(datasets: readonly Readonly<Record<string, unknown>>[]): string[] {
  return [...new Set(datasets.flatMap((splits) => Object.keys(splits)))];
}

/**
 * Puts the rows of datasets that have the same column types one after the other, split by split. Chunks are
 * shared with them; a column that one of them lacks is null there.
 */
export async function concatenate(
  datasets: readonly DatasetArtifact[],
  features: Features,
  objects: Objects,
): Promise<DatasetArtifact> {
  const { encodeColumn } = await import('./column.js');
  const chunks: Chunk[] = [];
  const rows = new Map(
    unionOfSplits(datasets.map(({ splits }) => splits)).map((name) => [name, [] as number[]]),
  );
  let first = 0;
  for (const dataset of datasets) {
    for (const [name, split] of Object.entries(dataset.splits)) {
      const all = rows.get(name)!;
      for (const row of await rowsOf(split, objects)) all.push(first + row);
    }
    for (const chunk of dataset.chunks) {
      const columns: [string, Chunk['columns'][string]][] = [];
      for (const [name, feature] of Object.entries(features)) {
        const known = Object.hasOwn(chunk.columns, name) ? chunk.columns[name] : undefined;
        const nulls = () => objects.put(encodeColumn(feature, Array(chunk.rows).fill(null)));
        columns.push([name, known ?? (await nulls())]);
      }
      chunks.push({ rows: chunk.rows, columns: Object.fromEntries(columns) });
      first += chunk.rows;
    }
  }
  const splits: [string, DatasetArtifact['splits'][string]][] = [];
  for (const [name, numbers] of rows) splits.push([name, await makeSplit(numbers, objects)]);
  return { kind: 'dataset', features, chunks, splits: Object.fromEntries(splits) };
}
