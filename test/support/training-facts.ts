import type { TrainingFacts } from '../../src/project/doctor/training-facts.js';
import type { TrainParams } from '../../src/stage/params.js';
import { withDefaults } from './labelled-clips.js';

/** What is known of a training with these parameters before anything has run. */
export async function factsOf(params: Partial<TrainParams> = {}): Promise<TrainingFacts> {
  const missing = { missing: 'it is not in the cache' };
  return {
    stage: 'model',
    params: await withDefaults<TrainParams>('train', { model: 'checkpoint', ...params }),
    labelled: missing,
    heard: missing,
    evaluations: [],
    measured: [],
    shown: 'recipe.yaml',
    run: (stage) => ['etude run recipe.yaml', ...(stage === undefined ? [] : [stage])].join(' '),
  };
}
