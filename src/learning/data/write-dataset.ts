import type { DatasetArtifact, Feature, Features } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import type { Where } from '../../util/errors.js';
import { lookUp } from '../../util/look-up.js';
import { ChunkWriter } from './chunking.js';
import { fitValue } from './convert-value.js';
import type { Row } from './dataset.js';

/** Rows by split. Columns are those of `features`; a column that a row lacks is null. */
export interface DatasetRows {
  features: Features;
  splits: Record<string, Iterable<Row> | AsyncIterable<Row>>;
}

/**
 * Writes rows as a dataset, chunk by chunk: memory use is bounded however many there are. Equal rows give
 * equal chunks.
 *
 * @throws EtudeError that names the split and the row of a value that does not fit its column.
 */
export async function writeDataset(
  objects: Objects,
  { features, splits }: DatasetRows,
): Promise<DatasetArtifact> {
  const columns = Object.entries(features);
  const writer = new ChunkWriter(features, objects);
  const written: DatasetArtifact['splits'] = {};
  let end = 0;
  for (const [name, rows] of Object.entries(splits)) {
    const start = end;
    for await (const row of rows) {
      const where = { file: `split '${name}'`, row: end - start };
      await writer.add(columns.map(([column, feature]) => fit(feature, lookUp(row, column), column, where)));
      end += 1;
    }
    await writer.endSplit();
    written[name] = { num_rows: end - start, ranges: end > start ? [[start, end]] : [] };
  }
  return { kind: 'dataset', features, chunks: await writer.end(), splits: written };
}

function fit(feature: Feature, value: unknown, column: string, where: Where): unknown {
  // Decoded audio is not what files contain.
  if (feature._type === 'Audio' && feature.storage === 'samples') return value ?? null;
  return fitValue(feature, value, column, where);
}
