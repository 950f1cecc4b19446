import type { DatasetArtifact, Feature, Features } from '../../stage/artifact.js';
import { type MapChunksRequest, type MapChunksResult, mapChunks } from './map-chunks.js';
import { type Recoding, transform } from './recode-chunk.js';

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
