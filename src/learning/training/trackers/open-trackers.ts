import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { TrainParams } from '../../../stage/params.js';
import type { Place, StageContext } from '../../../stage/stage-type.js';
import { pointsOutside } from '../../../util/points-outside.js';
import { suggest } from '../../../util/suggest.js';
import type { Report } from '../../data/name-problems.js';
import type { Model } from '../../model/model.js';
import { mlflowParams } from './mlflow/limits.js';
import { MLflow } from './mlflow/mlflow.js';
import { mlflowSettings } from './mlflow/settings.js';
import { TensorBoard } from './tensorboard.js';
import type { Tracker } from './tracker.js';

type Params = Pick<TrainParams, 'report_to' | 'logging_dir'>;
type Reporting = Pick<StageContext<TrainParams>, 'params' | 'place' | 'runName' | 'scratch' | 'log'>;

/** Names of transformers. */
const TRACKERS = ['tensorboard', 'mlflow'] as const;
type TrackerName = (typeof TRACKERS)[number];

/** transformers' name of the folder. */
const RUNS = 'runs';

/** What is wrong with where a training is to be reported to. */
export function checkTrackers(params: Params, place: Place, report: Report): void {
  const known = [...TRACKERS, 'all', 'none'];
  namesOf(params).forEach((name, index) => {
    if (known.includes(name)) return;
    report({
      param: Array.isArray(params.report_to) ? ['report_to', index] : ['report_to'],
      message: `Etude cannot report to '${name}'`,
      expected: `one of ${known.join(', ')}`,
      suggestion: suggest(name, known),
      hint: 'docs/trackers.md says which trackers there are, and why not others.',
    });
  });
  const names = namesOf(params);
  const alone = names.find((name) => ['none', 'all'].includes(name));
  if (alone !== undefined && names.length > 1)
    report({
      param: ['report_to'],
      message: `report_to: ${alone} does not go with other trackers`,
      expected: `${alone} alone, or a list of trackers`,
      got: names.join(', '),
    });
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
 *
 * @param env Where MLflow's settings are.
 */
export function openTrackers(reporting: Reporting, model: Model, env = process.env): Tracker[] {
  const { params, place, runName, scratch, log } = reporting;
  if (runName === undefined) return [];
  // Not a warning, which would be stored with the result.
  const say = (text: string) => log('info', text);
  const trackers: Tracker[] = [];
  const folder = loggingDir(params, place);
  if (reportsTo(params, 'tensorboard') && folder !== undefined) {
    const texts = {
      args: JSON.stringify(params, null, 2),
      model_config: JSON.stringify(model.config.raw, null, 2),
    };
    trackers.push(new TensorBoard(join(folder, runName), texts, say));
  }
  if (reportsTo(params, 'mlflow')) {
    const settings = mlflowSettings(env);
    const run = { name: runName, params: mlflowParams(model.config.raw, { ...params }), scratch };
    if (typeof settings !== 'string') trackers.push(new MLflow(settings, run, say));
    // `all` means those that are there.
    else if (namesOf(params).includes('mlflow')) say(`nothing is reported to MLflow: ${settings}`);
  }
  return trackers;
}

function namesOf({ report_to }: Params): string[] {
  return [report_to ?? []].flat();
}

function reportsTo(params: Params, tracker: TrackerName): boolean {
  return namesOf(params).some((name) => name === tracker || name === 'all');
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
