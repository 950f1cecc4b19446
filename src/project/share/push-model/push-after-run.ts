import { relative } from 'node:path';
import { HubError } from '../../../hub/hub-error.js';
import { type HubSettings, hubSettings } from '../../../hub/settings.js';
import { chooseStages, type StagesAsked } from '../../../pipeline/recipe/choose-stages.js';
import type { Pipeline, PipelineStage } from '../../../pipeline/recipe/pipeline.js';
import type { TrainParams } from '../../../stage/params.js';
import { EtudeError, messageOf } from '../../../util/errors.js';
import { quoted } from '../../../util/shell-word.js';
import type { OpenedRecipe } from '../../project-types.js';
import type { Published, PublishOptions } from '../publish/publish.js';
import { targetProblems } from '../publish/target-problems.js';
import { throwAll } from '../publish/throw-all.js';
import { targetOf } from './target.js';

export type PushModelsOptions = Pick<PublishOptions, 'signal' | 'progress' | 'warn'>;

/** What became of the model of a training with `push_to_hub`. */
export type ModelPush =
  | ({ type: 'pushed'; stage: string } & Published)
  /** `command` repeats it. */
  | { type: 'failed'; stage: string; problem: string; command: string };

/** Checks whether the models that a run is to push can be pushed, as far as that is known before it. */
export async function checkPushes(
  pipeline: Pipeline,
  asked: StagesAsked,
  settings: HubSettings = hubSettings(),
): Promise<void> {
  const stages = toPush(pipeline, asked);
  const targets = new Map<string, string>();
  for (const stage of stages) {
    const target = await checkTarget(stage, settings);
    const other = target && targets.get(target);
    if (other !== undefined)
      throw new EtudeError(`stages '${other}' and '${stage.id}' push to the same repository`, {
        expected: 'a hub_model_id or hub_revision for each',
        got: target,
      });
    if (target !== undefined) targets.set(target, stage.id);
  }
}

/** The repository and branch of a training's model; `undefined` if that cannot be found out now. */
async function checkTarget(stage: PipelineStage, settings: HubSettings): Promise<string | undefined> {
  try {
    const { id, options } = await targetOf(stage, undefined, {}, settings);
    const repository = { type: 'model', id } as const;
    throwAll(repository, (await targetProblems({ repository, settings }, options)).problems);
    const { revision } = options;
    return revision === undefined ? id : `${id}, branch ${revision}`;
  } catch (error) {
    // What is not reachable now may be when the training is done.
    if (error instanceof HubError && error.transient) return undefined;
    throw error;
  }
}

/** Pushes the models of a run. A failure is part of the result, since the models are in the cache. */
export async function pushAfterRun(
  recipe: OpenedRecipe,
  asked: StagesAsked,
  options: PushModelsOptions,
): Promise<ModelPush[]> {
  const { pushModel } = await import('./push-model.js');
  const pushes: ModelPush[] = [];
  for (const stage of toPush(recipe.pipeline, asked)) {
    try {
      pushes.push({
        type: 'pushed',
        stage: stage.id,
        ...(await pushModel(recipe, stage.id, undefined, options)),
      });
    } catch (error) {
      const problem = options.signal?.aborted ? 'cancelled' : messageOf(error);
      pushes.push({
        ...{ type: 'failed', stage: stage.id, problem },
        command: commandFor(recipe, stage),
      });
    }
  }
  return pushes;
}

/** The trainings of a run whose models are to be pushed. */
function toPush(pipeline: Pipeline, asked: StagesAsked): PipelineStage[] {
  return chooseStages(pipeline, asked).pipeline.stages.filter(
    (stage) => stage.uses === 'train' && (stage.with as unknown as TrainParams).push_to_hub,
  );
}

/** The command that pushes a model again; what it does not say is in the recipe. */
function commandFor({ file, overrides }: OpenedRecipe, { id }: PipelineStage): string {
  const given = [
    ...(overrides.params ?? []).flatMap((path) => ['--params', path]),
    ...(overrides.set ?? []).flatMap((value) => ['--set', value]),
  ];
  return ['etude', 'push-model', relative('', file), id, ...given].map(quoted).join(' ');
}
