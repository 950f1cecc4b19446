import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../files/make-folder.js';
import { TempFiles } from '../../files/temp-files.js';
import { hubSettings } from '../../hub/settings.js';
import { checkSplitNames } from '../../learning/data/save/split-files.js';
import { EtudeError } from '../../util/errors.js';
import { datasetToExport, licenseProblem, withRows, writeParquet } from '../export-dataset.js';
import type { OpenedRecipe } from '../project-types.js';
import { filesBelow } from './publish/files.js';
import { type Published, type PublishOptions, publish } from './publish/publish.js';
import { targetProblems } from './publish/target-problems.js';
import { throwAll } from './publish/throw-all.js';

export interface PushDatasetOptions extends PublishOptions {
  /** Only this split. Default: all. */
  split?: string;
  /** The approximate number of bytes per file. Default 500 MB. */
  maxShardSize?: number;
  /** For the card: the Hub's word for the data's license, such as `cc-by-4.0`. */
  license?: string;
}

/** See `Recipe.pushDataset`. */
export async function pushDataset(
  recipe: OpenedRecipe,
  stage: string,
  id: string,
  options: PushDatasetOptions,
): Promise<Published> {
  const {
    split,
    maxShardSize,
    license,
    signal,
    warn = (text: string) => recipe.project.warn(text),
  } = options;
  const repository = { type: 'dataset', id } as const;
  const settings = hubSettings();
  const source = withRows(await datasetToExport(recipe, stage, { split, maxShardSize, signal }), warn);
  // What would be found out only after everything has been written.
  const { problems } = await targetProblems({ repository, settings, signal }, options);
  const names = problemsOf(() => checkSplitNames(source.splits));
  throwAll(repository, [...problems, ...names, licenseProblem(license) ?? []].flat());
  // In the cache, since the system's folder may be in memory; `etude gc` removes what a killed push leaves.
  const folder = new TempFiles(join((await recipe.cache()).dir, 'tmp')).path();
  try {
    await makeFolder(folder);
    await writeParquet(folder, { ...source, license, repository: id });
    const title = `Push ${stage} of ${recipe.pipeline.name} with Etude`;
    return await publish(repository, await filesBelow(folder), title, { ...options, warn }, settings);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function problemsOf(check: () => void): EtudeError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof EtudeError) return [error];
    throw error;
  }
}
