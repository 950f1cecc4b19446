import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryNameProblem } from '../hub/repository-name.js';
import { MAX_SHARD_SIZE, type SaveOptions } from '../learning/data/save/shards.js';
import type { DatasetArtifact } from '../stage/artifact.js';
import type { Objects } from '../stage/stage-type.js';
import { EtudeError } from '../util/errors.js';
import { listOf } from '../util/words.js';
import type { DatasetFormat } from './choices.js';
import { clipDurations, countClasses } from './dataset-summary.js';
import { type ExportOptions, resultOf } from './export-stage.js';
import { fillFolder } from './output-folder.js';
import type { OpenedRecipe } from './project-types.js';
import { hubSourcesBehind } from './share/push-model/data-sources.js';
import type { DataSource } from './share/push-model/facts.js';

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
  /** For the card of `parquet`: the repository that the folder is for, `owner/name`. */
  repository?: string;
}

/** See `Recipe.exportDataset`. */
export async function exportDataset(
  recipe: OpenedRecipe,
  stage: string,
  folder: string,
  { format, force, license, repository, ...options }: ExportDatasetOptions,
): Promise<Record<string, number>> {
  if (format !== 'parquet' && license !== undefined)
    throw new EtudeError('a license goes into the dataset card, which save_to_disk does not have', {
      hint: 'Add --format parquet.',
    });
  const problem = repository === undefined ? undefined : repositoryNameProblem(repository);
  for (const each of [problem, licenseProblem(license)]) if (each !== undefined) throw each;
  const all = await datasetToExport(recipe, stage, options);
  const source = format === 'parquet' ? withRows(all, (text) => recipe.project.warn(text)) : all;
  const { artifact, objects, splits } = source;
  await fillFolder(recipe.project.pathOf(folder), { force }, async (into) => {
    if (format === 'parquet') return writeParquet(into, { ...source, license, repository });
    const { saveToDisk } = await import('../learning/data/save/save-to-disk.js');
    return saveToDisk(artifact, objects, into, source);
  });
  return Object.fromEntries(splits.map((name) => [name, artifact.splits[name]!.num_rows]));
}

/** A dataset, and how it is written. */
export interface DatasetSource extends SaveOptions {
  artifact: DatasetArtifact;
  objects: Objects;
  /** The recipe's name. */
  recipe: string;
  stage: string;
  /** What it was made from, as far as that is on the Hub. */
  sources: readonly DataSource[];
  /** The names of those that are written. */
  splits: string[];
}

/** The dataset of a stage, from the cache. */
export async function datasetToExport(
  recipe: OpenedRecipe,
  stage: string,
  { split, maxShardSize, signal }: Pick<ExportDatasetOptions, 'split' | 'maxShardSize' | 'signal'>,
): Promise<DatasetSource> {
  const { artifact, objects, repositories } = await resultOf(recipe, stage, 'dataset');
  const names = Object.keys(artifact.splits);
  if (split !== undefined && !names.includes(split)) {
    throw new EtudeError(`the dataset has no split '${split}'`, { expected: `one of ${names.join(', ')}` });
  }
  const splits = split === undefined ? names : [split];
  const max_shard_size = maxShardSize ?? MAX_SHARD_SIZE;
  const { pipeline } = recipe;
  const sources = hubSourcesBehind(pipeline, stage, (id) => repositories.get(id) ?? []);
  const from = { recipe: pipeline.name, stage, sources };
  return { artifact, objects, ...from, splits, split, max_shard_size, signal };
}

/**
 * A dataset without its empty splits: `load_dataset` opens none of the splits of a folder if one has no rows.
 *
 * @throws EtudeError if no split has rows
 */
export function withRows(source: DatasetSource, warn: (text: string) => void): DatasetSource {
  const { artifact, splits } = source;
  const [full, empty] = [true, false].map((isFull) =>
    splits.filter((name) => artifact.splits[name]!.num_rows > 0 === isFull),
  ) as [string[], string[]];
  if (empty.length === 0) return source;
  if (full.length === 0)
    throw new EtudeError('the dataset has no rows', {
      expected: 'at least one row, which load_dataset needs',
      got: `splits without rows: ${listOf(empty)}`,
    });
  for (const name of empty) warn(`split '${name}' has no rows and is left out: load_dataset needs some`);
  const kept = Object.fromEntries(full.map((name) => [name, artifact.splits[name]!]));
  return { ...source, artifact: { ...artifact, splits: kept }, splits: full };
}

/**
 * Writes Parquet files and their dataset card into an empty folder. Resolves to the names of the files.
 *
 * @param source `repository`: what the folder is for. `license`: of the data.
 */
export async function writeParquet(
  folder: string,
  source: DatasetSource & { repository?: string; license?: string },
): Promise<string[]> {
  const { artifact, objects, recipe, stage, sources, splits, repository, license } = source;
  const { saveParquet } = await import('../learning/data/save/save-parquet.js');
  const { datasetCard } = await import('./share/dataset-card.js');
  const saved = await saveParquet(artifact, objects, folder, source);
  const card = datasetCard({
    title: repository?.split('/').at(-1) ?? `${recipe}: ${stage}`,
    ...{ repository, recipe, stage, sources, saved, license },
    classes: await countClasses(artifact, objects, splits),
    durations: await clipDurations(artifact, objects, splits),
  });
  await writeFile(join(folder, 'README.md'), card);
  return ['README.md', ...saved.files];
}

/** Why a text cannot be the license in a card: the Hub takes one word, an identifier or `other`. */
export function licenseProblem(license: string | undefined): EtudeError | undefined {
  if (license === undefined || /^[a-z0-9][a-z0-9.+-]{0,63}$/.test(license)) return undefined;
  return new EtudeError(`'${license}' is not a license that the Hub knows`, {
    expected: 'an identifier such as cc-by-4.0, apache-2.0 or other, in lower case',
  });
}
