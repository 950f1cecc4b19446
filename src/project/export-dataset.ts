import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_SHARD_SIZE } from '../learning/data/save/shards.js';
import type { DatasetArtifact } from '../stage/artifact.js';
import type { Objects } from '../stage/stage-type.js';
import { EtudeError } from '../util/errors.js';
import type { DatasetFormat } from './choices.js';
import { clipDurations, countClasses } from './dataset-summary.js';
import { type ExportOptions, resultOf } from './export-stage.js';
import { fillFolder } from './output-folder.js';
import type { OpenedRecipe } from './project-types.js';

export interface ExportDatasetOptions extends ExportOptions {
  /**
   * `save_to_disk`: what `load_from_disk` opens. `parquet`: what the Hub has, with a dataset card, for
   * `load_dataset`. Default `save_to_disk`.
   */
  format?: DatasetFormat;
  /** Only this split, in `save_to_disk` as a `Dataset` rather than a `DatasetDict`. Default: all. */
  split?: string;
  /** The approximate number of bytes per file. Default 500 MB. */
  maxShardSize?: number;
  /** For the card of `parquet`: the Hub's word for the data's license, such as `cc-by-4.0`. */
  license?: string;
}

/** See `Recipe.exportDataset`. */
export async function exportDataset(
  recipe: OpenedRecipe,
  stage: string,
  folder: string,
  options: ExportDatasetOptions,
): Promise<Record<string, number>> {
  const { split, format, license, force, signal } = options;
  if (license !== undefined) checkLicense(license, format);
  const { artifact, objects } = await resultOf(recipe, stage, 'dataset');
  const names = Object.keys(artifact.splits);
  if (split !== undefined && !names.includes(split)) {
    throw new EtudeError(`the dataset has no split '${split}'`, { expected: `one of ${names.join(', ')}` });
  }
  const saving = { split, max_shard_size: options.maxShardSize ?? MAX_SHARD_SIZE, signal };
  await fillFolder(recipe.project.pathOf(folder), { force }, async (into) => {
    if (format === 'parquet')
      return writeParquet(into, {
        artifact,
        objects,
        recipe: recipe.pipeline.name,
        stage,
        license,
        ...saving,
      });
    const { saveToDisk } = await import('../learning/data/save/save-to-disk.js');
    return saveToDisk(artifact, objects, into, saving);
  });
  const rows = (split === undefined ? names : [split]).map((name) => [name, artifact.splits[name]!.num_rows]);
  return Object.fromEntries(rows) as Record<string, number>;
}

/** What goes into a folder of Parquet files, and into its card. */
export interface ParquetSource {
  artifact: DatasetArtifact;
  objects: Objects;
  /** The recipe's name. */
  recipe: string;
  stage: string;
  /** The repository that the folder is for. */
  repository?: string;
  license?: string;
  split?: string;
  max_shard_size: number;
  signal?: AbortSignal;
}

/** Writes Parquet files and their dataset card into an empty folder. Resolves to the names of the files. */
export async function writeParquet(folder: string, source: ParquetSource): Promise<string[]> {
  const { artifact, objects, recipe, stage, repository, license } = source;
  const { saveParquet } = await import('../learning/data/save/save-parquet.js');
  const { datasetCard } = await import('./share/dataset-card.js');
  const saved = await saveParquet(artifact, objects, folder, source);
  const splits = saved.splits.map(({ name }) => name);
  const card = datasetCard({
    title: repository?.split('/').at(-1) ?? `${recipe}: ${stage}`,
    ...{ repository, recipe, stage, saved, license },
    classes: await countClasses(artifact, objects, splits),
    durations: await clipDurations(artifact, objects, splits),
  });
  await writeFile(join(folder, 'README.md'), card);
  return ['README.md', ...saved.files];
}

/** The Hub takes one word: an identifier, or `other`. */
function checkLicense(license: string, format: DatasetFormat | undefined): void {
  if (format !== 'parquet')
    throw new EtudeError('a license goes into the dataset card, which save_to_disk does not have', {
      hint: 'Add --format parquet.',
    });
  if (/^[a-z0-9][a-z0-9.+-]{0,63}$/.test(license)) return;
  throw new EtudeError(`'${license}' is not a license that the Hub knows`, {
    expected: 'an identifier such as cc-by-4.0, apache-2.0 or other, in lower case',
  });
}
