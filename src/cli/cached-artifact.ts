import type { Artifact } from '../artifact.js';
import { EtudeError } from '../errors.js';
import { planPipeline } from '../plan/plan.js';
import type { Objects } from '../stage-type.js';
import { findStage, openCacheFor, openRecipe, type RecipeOptions } from './open-recipe.js';
import { resolveEngine } from './resolve-engine.js';

/** What a stage of a recipe made, from the cache. An EtudeError where it has to be computed first. */
export async function cachedArtifact(
  recipe: string,
  stage: string,
  options: RecipeOptions,
): Promise<{ artifact: Artifact; objects: Objects }> {
  const pipeline = await openRecipe(recipe, options);
  const { id } = await findStage(pipeline, stage);
  const cache = await openCacheFor(pipeline, options);
  const { id: engineId } = await resolveEngine(options);
  const { stages } = await planPipeline({ pipeline, cache, engineId });
  const planned = stages.find((each) => each.stage.id === id);
  if (planned?.type !== 'hit') {
    const because = planned?.because.map((reason) => reason.text).join(', ');
    throw new EtudeError(`stage '${id}' has no result in the cache${because ? `: ${because}` : ''}`, {
      hint: `Compute it with: etude run ${recipe}`,
    });
  }
  return { artifact: planned.entry.artifact, objects: cache.objects };
}
