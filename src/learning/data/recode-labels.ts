import type { DatasetArtifact, Feature, Features } from '../../stage/artifact.js';
import type { ChunkRows, ChunkTransform } from './chunk-transform.js';
import { type MapChunksRequest, type MapChunksResult, mapChunks } from './map-chunks.js';

/** By old class number, the new one; null for a class that is gone. */
export interface Recoding {
  ids: (number | null)[];
}

/** `label` to `label`, with other class numbers; a missing label stays missing. */
export const transform: ChunkTransform<Recoding> = { module: import.meta.url, transform: recode };

async function recode({ params: { ids }, rows, inputs, rowDone }: ChunkRows<Recoding>) {
  const { column } = inputs.label!;
  const label: (number | null)[] = [];
  for (let row = 0; row < rows; row++) {
    const id = column.get(row) as number | null;
    label.push(id === null ? null : (ids[id] ?? null));
    await rowDone();
  }
  return { label };
}

/**
 * The dataset with other classes in a ClassLabel column. Chunks are shared if all numbers stay the same.
 *
 * @param names the new classes
 */
export async function recodeLabels(
  context: MapChunksRequest<Recoding>['context'],
  dataset: DatasetArtifact,
  { column, names, ids }: Recoding & { column: string; names: string[] },
): Promise<MapChunksResult> {
  const feature: Feature = { _type: 'ClassLabel', names };
  const features: Features = { ...dataset.features, [column]: feature };
  if (ids.every((id, old) => id === old)) return { artifact: { ...dataset, features }, rowsComputed: 0 };
  return mapChunks({
    context,
    dataset,
    transform,
    params: { ids },
    inputs: { label: column },
    outputs: { label: { column, feature } },
    features,
    unit: 'rows',
  });
}
