import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { TrainParams } from '../../../stage/params.js';
import type { Place, StageContext } from '../../../stage/stage-type.js';
import { pointsOutside } from '../../../util/points-outside.js';
import type { Report } from '../../data/name-problems.js';
import type { Model } from '../../model/model.js';
import { TensorBoard } from './tensorboard.js';
import type { Tracker } from './tracker.js';

type Params = Pick<TrainParams, 'report_to' | 'logging_dir'>;
type Reporting = Pick<StageContext<TrainParams>, 'params' | 'place' | 'runName' | 'log'>;

/** transformers' name of the folder. */
const RUNS = 'runs';

/** What is wrong with where a training is to be reported to. */
export function checkTrackers(params: Params, place: Place, report: Report): void {
  if (params.logging_dir === undefined) return;
  const param = ['logging_dir'];
  if (!reportsTo(params, 'tensorboard'))
    report({ param, message: 'logging_dir has no effect without report_to: tensorboard' });
  else if (loggingDir(params, place) === undefined)
    report({
      param,
      message: 'logging_dir is outside the project',
      expected: 'a folder inside the project folder',
      got: params.logging_dir,
    });
}

/**
 * The trackers of a training; none where its result is only computed again to be checked.
 */
export function openTrackers({ params, place, runName, log }: Reporting, model: Model): Tracker[] {
  const folder = loggingDir(params, place);
  if (runName === undefined || !reportsTo(params, 'tensorboard') || folder === undefined) return [];
  const texts = {
    args: JSON.stringify(params, null, 2),
    model_config: JSON.stringify(model.config.raw, null, 2),
  };
  // Not a warning, which would be stored with the result.
  return [new TensorBoard(join(folder, runName), texts, (text) => log('info', text))];
}

function reportsTo({ report_to }: Params, tracker: 'tensorboard'): boolean {
  const chosen = [report_to ?? []].flat() as string[];
  return chosen.includes(tracker) || chosen.includes('all');
}

/** `undefined` if it is outside the project, also by a link. */
function loggingDir({ logging_dir = RUNS }: Params, { projectDir }: Place): string | undefined {
  const root = realpathSync(projectDir);
  const folder = resolve(root, logging_dir);
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const isInside = [folder, realpathSync(existing)].every((path) => !pointsOutside(relative(root, path)));
  return isInside ? folder : undefined;
}
