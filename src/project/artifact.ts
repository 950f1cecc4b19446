import { relative } from 'node:path';
import type { Cache, Entry, FingerprintParts, PinnedRepository } from '../pipeline/cache/types.js';
import { planPipeline } from '../pipeline/plan/plan-stages.js';
import type { PlannedStage } from '../pipeline/plan/types.js';
import { findStage } from '../pipeline/recipe/find-stage.js';
import type { Pipeline } from '../pipeline/recipe/pipeline.js';
import type { Artifact, ArtifactKind } from '../stage/artifact.js';
import type { Objects } from '../stage/stage-type.js';
import { digestOfJson } from '../util/canonical-json.js';
import { EtudeError } from '../util/errors.js';
import type { OpenedRecipe } from './project-types.js';
import type { Origin } from './report-clip-names.js';

/** What a stage produced, and the store that its objects are read from. */
export interface StageArtifact {
  artifact: Artifact;
  objects: Objects;
  /** Where it comes from: the stages before it, and which of their results are cached. */
  origin: Origin;
}

/** A stage's result that was found in the cache. */
export interface CachedArtifact extends StageArtifact {
  /** By cached stage: what the repositories of its parameters were when it was computed. */
  repositories: ReadonlyMap<string, readonly PinnedRepository[]>;
}

/**
 * What a stage of a recipe produced, from the cache.
 *
 * @param options `anyEngine`: results computed by an engine other than the project's count, too.
 * @throws EtudeError if it has to be computed first, or the recipe has no such stage.
 */
export async function cachedArtifact(
  recipe: OpenedRecipe,
  stage: string,
  options: { anyEngine?: boolean } = {},
): Promise<CachedArtifact> {
  const { id } = findStage(recipe.pipeline, stage);
  const setting = await recipe.setting();
  const { cache } = setting;
  const { stages } = await planPipeline(setting);
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
      hint: `Compute it with: etude run ${relative('', recipe.file)}`,
    });
  }
  const artifacts = stages.flatMap((each) =>
    each.type === 'hit' ? [[each.stage.id, each.entry.artifact] as const] : [],
  );
  const { pipeline } = recipe;
  const origin = { stage: planned!.stage, stages: pipeline.stages, artifacts: new Map(artifacts) };
  return { artifact: entry.artifact, objects: cache.objects, origin, repositories: pinsOf(stages) };
}

/** By cached stage: what the repositories of its parameters were when it was computed. */
export function pinsOf(stages: readonly PlannedStage[]): Map<string, readonly PinnedRepository[]> {
  const hits = stages.filter((each) => each.type === 'hit');
  return new Map(hits.map((each) => [each.stage.id, each.repositories ?? each.entry.repositories ?? []]));
}

/** The stages of a recipe, or those that produce one kind of result: `one of clips, parts`. */
export function stagesToName({ stages }: Pipeline, kind?: ArtifactKind): string {
  const ids = stages.filter(({ type }) => kind === undefined || type.output === kind).map(({ id }) => id);
  if (ids.length === 0) return `a recipe with a stage that produces a ${kind}`;
  return ids.length === 1 ? ids[0]! : `one of ${ids.join(', ')}`;
}

/** The newest intact entry of a stage whose fingerprint differs only in the engine. */
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
