import type { KubernetesProfile } from '../pipeline/executors/kubernetes/types.js';
import type { Profile } from '../pipeline/executors/profiles/profile.js';
import { EtudeError } from '../util/errors.js';
import { type ProfileOptions, profileOf } from './profile.js';
import type { OpenedRecipe } from './project-types.js';

/** A profile with the executor `kubernetes`, and where it was read. */
export type ArgoOptions = Pick<ProfileOptions, 'profiles'> & { profile: string };

/** See `Recipe.argoWorkflow`. */
export async function argoText(recipe: OpenedRecipe, options: ArgoOptions): Promise<string> {
  const { checkFileInVolumes, checkVolumes } = await import(
    '../pipeline/executors/kubernetes/check-volumes.js'
  );
  const { argoWorkflow } = await import('../pipeline/executors/kubernetes/argo.js');
  const { yamlText } = await import('../pipeline/recipe/yaml-text.js');
  const { pipeline, project, overrides } = recipe;
  const { cacheDir, file, name, profile } = await profileOf(recipe, options);
  if (!isForPods(profile))
    throw new EtudeError(`profile '${name}' is not for pods that share a cache folder`, {
      where: { file },
      expected: 'executor: kubernetes, without a store',
      got: `executor: ${profile.executor}${profile.store === undefined ? '' : ', with a store'}`,
    });
  const cache = cacheDir ?? (await recipe.cache()).dir;
  checkVolumes(profile, cache);
  const params = (overrides.params ?? []).map((path) => project.pathOf(path));
  for (const path of [pipeline.file, ...params]) checkFileInVolumes(profile, path);
  const command = [
    ...profile.etude!,
    ...['run', pipeline.file, '--cache-dir', cache, '--progress', 'plain'],
    ...params.flatMap((path) => ['--params', path]),
    ...(overrides.set ?? []).flatMap((value) => ['--set', value]),
  ];
  const replaced = command.find((word) => word.includes('{{'));
  if (replaced !== undefined)
    throw new EtudeError('Argo would replace {{…}} in the command', { got: JSON.stringify(replaced) });
  return yamlText(argoWorkflow(pipeline, profile, command));
}

function isForPods(profile: Profile): profile is KubernetesProfile {
  return profile.executor === 'kubernetes' && profile.store === undefined;
}
