import { MAX_SHARD_SIZE, saveToDisk } from '../learning/data/save/save-to-disk.js';
import type { Artifact, ArtifactKind } from '../stage/artifact.js';
import { copyModelFile, filesOfModel } from '../stage/model-files.js';
import { EtudeError } from '../util/errors.js';
import { cachedArtifact } from './artifact.js';
import type { OpenedRecipe } from './opened.js';
import { fillFolder } from './output-folder.js';

export interface ExportOptions {
  /** Replace whatever is in the folder. Default false: only an earlier export is replaced. */
  force?: boolean;
  /** Stops; nothing is exported then. */
  signal?: AbortSignal;
}

export interface ExportDatasetOptions extends ExportOptions {
  /** Only this split, as a `Dataset` rather than a `DatasetDict`. Default: all. */
  split?: string;
  /** About how many bytes a file may hold. Default 500 MB. */
  maxShardSize?: number;
}

/** See `Recipe.exportDataset`. */
export async function exportDataset(
  recipe: OpenedRecipe,
  stage: string,
  folder: string,
  { split, maxShardSize, force, signal }: ExportDatasetOptions,
): Promise<Record<string, number>> {
  const { artifact, objects } = await cachedArtifact(recipe, stage);
  if (artifact.kind !== 'dataset') throw wrongKind(stage, artifact, 'dataset');
  const names = Object.keys(artifact.splits);
  if (split !== undefined && !names.includes(split)) {
    throw new EtudeError(`the dataset has no split '${split}'`, { expected: `one of ${names.join(', ')}` });
  }
  await fillFolder(recipe.project.pathOf(folder), { force }, (into) =>
    saveToDisk(artifact, objects, into, { split, max_shard_size: maxShardSize ?? MAX_SHARD_SIZE, signal }),
  );
  const rows = (split === undefined ? names : [split]).map((name) => [name, artifact.splits[name]!.num_rows]);
  return Object.fromEntries(rows) as Record<string, number>;
}

/** See `Recipe.exportModel`. */
export async function exportModel(
  recipe: OpenedRecipe,
  stage: string,
  folder: string,
  { force, signal }: ExportOptions,
): Promise<string[]> {
  const { artifact, objects } = await cachedArtifact(recipe, stage);
  if (artifact.kind !== 'model') throw wrongKind(stage, artifact, 'model');
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

const words: Record<ArtifactKind, string> = { dataset: 'a dataset', model: 'a model', report: 'a report' };

function wrongKind(stage: string, { kind }: Artifact, expected: ArtifactKind): EtudeError {
  return new EtudeError(`stage '${stage}' produces ${words[kind]}`, {
    expected: `a stage that produces ${words[expected]}`,
    hint: kind === 'report' ? undefined : `Use: etude export ${kind} …`,
  });
}
