import type { PushDatasetOptions } from '../../index.js';
import { span } from '../../terminal/line.js';
import { byteProgress } from '../byte-progress.js';
import { checkDryRun } from '../dry-run.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';
import { publishedLine } from '../published-line.js';
import { warnOnStderr } from '../warn.js';

interface Options
  extends RecipeOptions,
    Pick<
      PushDatasetOptions,
      'private' | 'revision' | 'createPr' | 'force' | 'split' | 'maxShardSize' | 'license'
    > {
  dryRun?: boolean;
  output?: string;
}

/** `etude push-dataset RECIPE STAGE owner/name`: pushes a dataset to the Hub, with a dataset card. */
export async function pushDataset(
  file: string,
  stage: string,
  id: string,
  { dryRun, output, ...options }: Options,
): Promise<void> {
  checkDryRun({ dryRun, output });
  const recipe = await openRecipe(file, options);
  const { split, maxShardSize, license, force, private: isPrivate, revision, createPr } = options;
  const written = { split, maxShardSize, license, force };
  const progress = byteProgress('pushing');
  await interruptible('nothing was pushed; the same command starts again', async (signal) => {
    if (dryRun) {
      const how = { ...written, format: 'parquet', repository: id, signal } as const;
      const rows = await recipe.exportDataset(stage, output!, how);
      const splits = Object.entries(rows).map(([name, number]) => `${name} ${number}`);
      return printLines([[span(`${output}  ${splits.join(', ')}`)]]);
    }
    const how = { ...written, private: isPrivate, revision, createPr, signal };
    const published = await recipe
      .pushDataset(stage, id, { ...how, progress: progress.update, warn: warnOnStderr })
      .finally(progress.end);
    printLines([publishedLine(published)]);
  });
}
