import type { Artifact } from '../../stage/artifact.js';
import type { ClipSource } from '../../stage/stage-type.js';
import type { PipelineStage } from '../recipe/pipeline.js';

/** What is needed of a stage. */
type Step = Pick<PipelineStage, 'id' | 'from'> & { type: Pick<PipelineStage['type'], 'keepsRows'> };

/**
 * For each input of a stage that is a dataset, the nearest dataset before it that has audio and the same rows:
 * the input itself rarely has the clips' names because the audio was turned into features.
 */
export function nearestAudio(
  stage: Step,
  stages: readonly Step[],
  artifactOf: (id: string) => Artifact | undefined,
): Record<string, ClipSource> {
  const byId = new Map(stages.map((each) => [each.id, each]));
  const found = Object.entries(stage.from).flatMap(([input, id]): [string, ClipSource][] => {
    const clips = nearestTo(id, byId, artifactOf);
    return clips === undefined ? [] : [[input, clips]];
  });
  return Object.fromEntries(found);
}

function nearestTo(
  start: string,
  byId: ReadonlyMap<string, Step>,
  artifactOf: (id: string) => Artifact | undefined,
): ClipSource | undefined {
  for (let id: string | undefined = start; id !== undefined; ) {
    const dataset = artifactOf(id);
    if (dataset?.kind !== 'dataset') return undefined;
    const column = Object.keys(dataset.features).find((name) => dataset.features[name]?._type === 'Audio');
    if (column !== undefined) return { dataset, column };
    const { type, from }: Step = byId.get(id)!;
    id = type.keepsRows ? Object.values(from)[0] : undefined;
  }
  return undefined;
}
