import { askAccount } from '../../../hub/account.js';
import type { HubSettings } from '../../../hub/settings.js';
import type { PipelineStage } from '../../../pipeline/recipe/pipeline.js';
import type { TrainParams } from '../../../stage/params.js';
import { EtudeError } from '../../../util/errors.js';
import type { PublishOptions } from '../publish/publish.js';
import { accessProblem } from '../publish/target-problems.js';
import type { SaidOfModel } from './gather-facts.js';

/** Where a model goes, and how: what is asked for, otherwise what its training says. */
export interface Target {
  /** `owner/name`. */
  id: string;
  options: Pick<PublishOptions, 'private' | 'revision'>;
  said: SaidOfModel;
}

type Asked = Pick<PublishOptions, 'private' | 'revision' | 'signal'> & SaidOfModel;

/**
 * Where a training's model goes. A name without an owner is in the account that the token is of, as for
 * `Trainer`.
 *
 * @throws EtudeError if no name is known, or its owner cannot be found out
 */
export async function targetOf(
  stage: Pick<PipelineStage, 'id' | 'with'>,
  id: string | undefined,
  asked: Asked,
  settings: HubSettings,
): Promise<Target> {
  const params = stage.with as unknown as TrainParams;
  const name = id ?? params.hub_model_id;
  if (name === undefined || name === null)
    throw new EtudeError(`no repository for the model of stage '${stage.id}'`, {
      expected: 'owner/name, or hub_model_id in the recipe',
    });
  return {
    id: name.includes('/') ? name : await withOwner(name, settings, asked.signal),
    options: {
      private: asked.private ?? params.hub_private_repo ?? undefined,
      revision: asked.revision ?? params.hub_revision ?? undefined,
    },
    said: {
      license: asked.license ?? params.hub_license,
      language: asked.language ?? params.hub_language,
    },
  };
}

async function withOwner(name: string, settings: HubSettings, signal?: AbortSignal): Promise<string> {
  const asked = { repository: { type: 'model', id: `owner/${name}` }, settings, signal } as const;
  const denied = accessProblem(settings);
  if (denied !== undefined) throw denied;
  return `${(await askAccount(asked)).name}/${name}`;
}
