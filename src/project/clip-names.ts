import { type DatasetReader, openDataset } from '../learning/data/dataset.js';
import type { PipelineStage } from '../pipeline/recipe/pipeline.js';
import type { Artifact, DatasetArtifact } from '../stage/artifact.js';
import type { Objects } from '../stage/stage-type.js';

/** A stage of a recipe with the results of all of its stages, as far as the cache has them. */
export interface Origin {
  stage: PipelineStage;
  stages: readonly PipelineStage[];
  artifacts: ReadonlyMap<string, Artifact>;
}

/** Stage types that keep the rows of their input, in order; one that leaves rows out is known by their number. */
const KEEPS_ROWS = new Set(['remove-columns', 'rename', 'cast-audio', 'map-preprocess']);

/**
 * The names of the clips that a report is about. Its own data set seldom has them, for the audio was made into features: they come from the
 * nearest data set before it that has audio, row by row.
 *
 * @returns The file of a row of a split, as the data have it (relative, or its name alone); `undefined` where nothing tells.
 */
export function clipNames(
  origin: Origin | undefined,
  objects: Objects,
): (split: string, row: number, numRows: number) => Promise<string | undefined> {
  const found = origin && nearestAudio(origin);
  if (found === undefined) return async () => undefined;
  const reader: DatasetReader = openDataset(found.dataset, objects);
  return async (split, row, numRows) => {
    if (!reader.splits.includes(split) || reader.num_rows(split) !== numRows) return undefined;
    const clip = (await reader.value(split, found.column, row)) as { path?: string | null } | null;
    return clip?.path ?? undefined;
  };
}

function nearestAudio({
  stage,
  stages,
  artifacts,
}: Origin): { dataset: DatasetArtifact; column: string } | undefined {
  const byId = new Map(stages.map((each) => [each.id, each]));
  for (let id = stage.from.dataset; id !== undefined; ) {
    const dataset = artifacts.get(id);
    if (dataset?.kind !== 'dataset') return undefined;
    const column = Object.keys(dataset.features).find((name) => dataset.features[name]?._type === 'Audio');
    if (column !== undefined) return { dataset, column };
    const { type, from } = byId.get(id)!;
    id = KEEPS_ROWS.has(type.name) ? Object.values(from)[0] : undefined;
  }
  return undefined;
}
