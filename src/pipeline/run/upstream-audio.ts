import type { Artifact } from '../../stage/artifact.js';
import type { ClipSource } from '../../stage/stage-type.js';
import type { PipelineStage } from '../recipe/pipeline.js';

/** What is needed of a stage. */
type Step = Pick<PipelineStage, 'id' | 'from'> & { type: Pick<PipelineStage['type'], 'keepsRows'> };

/**
 * The nearest dataset before a stage that has audio and the same rows as the stage's input, which rarely has
 * the clips' names itself because the audio was turned into features.
 */
export function nearestAudio(
  stage: Step,
  stages: readonly Step[],
  artifactOf: (id: string) => Artifact | undefined,
): ClipSource | undefined {
  const byId = new Map(stages.map((each) => [each.id, each]));
  for (let id = stage.from.dataset; id !== undefined; ) {
    const dataset = artifactOf(id);
    if (dataset?.kind !== 'dataset') return undefined;
    const column = Object.keys(dataset.features).find((name) => dataset.features[name]?._type === 'Audio');
    if (column !== undefined) return { dataset, column };
    const { type, from } = byId.get(id)!;
    id = type.keepsRows ? Object.values(from)[0] : undefined;
  }
  return undefined;
}
