import type { TrainParams } from '../../stage/params.js';
import type { Report } from '../data/name-problems.js';

/** Where a trained model goes, and what its card says: nothing that affects the model. */
export const PUSHING = [
  'push_to_hub',
  'hub_model_id',
  'hub_private_repo',
  'hub_revision',
  'hub_license',
  'hub_language',
] as const;

/** What is missing for pushing a trained model to the Hub. */
export function checkPush(params: Pick<TrainParams, 'push_to_hub' | 'hub_model_id'>, report: Report): void {
  if (!params.push_to_hub || (params.hub_model_id ?? undefined) !== undefined) return;
  report({
    param: ['push_to_hub'],
    message: 'push_to_hub needs a repository to push to',
    expected: 'hub_model_id: owner/name',
  });
}
