import { findStage } from '../pipeline/recipe/find-stage.js';
import type { Artifact, ArtifactKind } from '../stage/artifact.js';
import { copyModelFile, filesOfModel } from '../stage/model-files.js';
import { EtudeError } from '../util/errors.js';
import { type CachedArtifact, cachedArtifact, stagesToName } from './artifact.js';
import { fillFolder } from './output-folder.js';
import type { OpenedRecipe } from './project-types.js';

export interface ExportOptions {
  /** Replace whatever is in the folder. Default false: only an earlier export is replaced. */
  force?: boolean;
  /** Stops, in which case nothing is exported. */
  signal?: AbortSignal;
}

/** See `Recipe.exportModel`. */
export async function exportModel(
  recipe: OpenedRecipe,
  stage: string,
  folder: string,
  { force, signal }: ExportOptions,
): Promise<string[]> {
  const { artifact, objects } = await resultOf(recipe, stage, 'model');
  const files = filesOfModel(artifact);
  const names = files.map(([name]) => name);
  await fillFolder(recipe.project.pathOf(folder), { force }, async (into) => {
    for (const [name, ref] of files) {
      signal?.throwIfAborted();
      await copyModelFile(into, name, ref, objects);
    }
    return names;
  });
  return names;
}

/** A stage's result, which must be of a certain kind: that is checked before the cache is searched. */
export async function resultOf<K extends ArtifactKind>(
  recipe: OpenedRecipe,
  stage: string,
  wanted: K,
): Promise<Omit<CachedArtifact, 'artifact'> & { artifact: Extract<Artifact, { kind: K }> }> {
  const { pipeline } = recipe;
  const kind = findStage(pipeline, stage).type.output;
  if (kind !== wanted)
    throw new EtudeError(`stage '${stage}' produces a ${kind}`, {
      expected: `a stage that produces a ${wanted}: ${stagesToName(pipeline, wanted)}`,
      hint: kind === 'report' ? undefined : `Use: etude export ${kind} …`,
    });
  const { artifact, ...rest } = await cachedArtifact(recipe, stage);
  return { ...rest, artifact: artifact as Extract<Artifact, { kind: K }> };
}
