import type { TrainParams } from '../../stage/params.js';
import type { StageContext, StageResult } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { dependsOnLength } from './continuation.js';
import { keepState } from './kept-training-state.js';
import type { TrainingState } from './training-state.js';

/** What a longer training can continue, unless it could not, or the disk is full: the result comes first. */
export async function keepIfPossible(
  {
    params,
    scratch,
    objects,
    log,
  }: Pick<StageContext<TrainParams>, 'params' | 'scratch' | 'objects' | 'log'>,
  state: TrainingState,
): Promise<StageResult['kept']> {
  if (params.save_only_model || dependsOnLength(params) !== undefined) return undefined;
  try {
    return await keepState(scratch, state, params, objects);
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    log('info', `what a longer training could continue is not kept: ${error.message}`);
    return undefined;
  }
}
