import { resolveEngine } from '../engine/resolve-engine.js';
import type { Cache, Entry, FingerprintParts } from '../pipeline/cache/types.js';
import { planPipeline } from '../pipeline/plan/plan.js';
import type { PlannedStage } from '../pipeline/plan/types.js';
import type { Artifact } from '../stage/artifact.js';
import type { Objects } from '../stage/stage-type.js';
import { digestOfJson } from '../util/canonical-json.js';
import { EtudeError } from '../util/errors.js';
import type { Origin } from './clip-names.js';
import { findStage, openCacheFor, openRecipe, type RecipeOptions } from './open-recipe.js';

/**
 * What a stage of a recipe made, from the cache. An EtudeError where it has to be computed first.
 *
 * @param options With `anyEngine`, what another engine than the one asked for has computed counts as well.
 */
export async function cachedArtifact(
  recipe: string,
  stage: string,
  options: RecipeOptions & { anyEngine?: boolean },
): Promise<{ artifact: Artifact; objects: Objects; origin: Origin }> {
  const pipeline = await openRecipe(recipe, options);
  const { id } = await findStage(pipeline, stage);
  const cache = await openCacheFor(pipeline, options);
  const { id: engineId } = await resolveEngine(options);
  const { stages } = await planPipeline({ pipeline, cache, engineId });
  const planned = stages.find((each) => each.stage.id === id);
  const entry =
    planned?.type === 'hit'
      ? planned.entry
      : options.anyEngine
        ? await madeByAnotherEngine(planned, cache)
        : undefined;
  if (entry === undefined) {
    const reasons = planned?.type === 'hit' ? [] : (planned?.because ?? []);
    const because = reasons.map((reason) => reason.text).join(', ');
    throw new EtudeError(`stage '${id}' has no result in the cache${because ? `: ${because}` : ''}`, {
      hint: `Compute it with: etude run ${recipe}`,
    });
  }
  const artifacts = stages.flatMap((each) =>
    each.type === 'hit' ? [[each.stage.id, each.entry.artifact] as const] : [],
  );
  const origin = { stage: planned!.stage, stages: pipeline.stages, artifacts: new Map(artifacts) };
  return { artifact: entry.artifact, objects: cache.objects, origin };
}

/** The whole entry of a stage whose fingerprint differs by the engine alone, the newest first. */
async function madeByAnotherEngine(
  planned: PlannedStage | undefined,
  cache: Cache,
): Promise<Entry | undefined> {
  if (planned?.type !== 'run' || planned.parts === undefined) return undefined;
  const { parts } = planned;
  const withoutEngine = (each: FingerprintParts) =>
    digestOfJson({ ...each, libraries: { ...each.libraries, engine: '' } });
  const wanted = withoutEngine(parts);
  for (const { fingerprint, parts: past } of await cache.entriesOf(parts.uses)) {
    if (withoutEngine(past) !== wanted) continue;
    const found = await cache.lookup(fingerprint);
    if (found.type === 'hit') return found.entry;
  }
  return undefined;
}
