import type { ArgoOptions, ExportDatasetOptions, ExportOptions } from '../../index.js';
import { span } from '../../terminal/line.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { interruptible } from '../interruptible.js';
import { namedStage } from '../named-stage.js';
import { openRecipe, type RecipeOptions, refused } from '../open-recipe.js';
import { printLines } from '../print.js';

interface OutputOptions extends RecipeOptions {
  output: string;
}

/**
 * `etude export dataset RECIPE STAGE --output DIR`: writes a dataset as `save_to_disk` of Hugging Face
 * datasets does, or as the Hub has it.
 */
export async function exportDataset(
  recipe: string,
  named: string | undefined,
  options: OutputOptions & Omit<ExportDatasetOptions, 'signal'>,
): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const stage = namedStage(opened, named, 'dataset');
  const { output, split, format, license, maxShardSize, force } = options;
  const rows = await interruptible('nothing was exported', (signal) =>
    opened.exportDataset(stage, output, { split, format, license, maxShardSize, force, signal }),
  );
  if (rows === undefined) return;
  const splits = Object.entries(rows).map(([name, number]) => `${name} ${number}`);
  printLines([[span(`${output}  ${splits.join(', ')}`)]]);
}

/** `etude export model RECIPE STAGE --output DIR`: copies a model's folder in the Hugging Face layout. */
export async function exportModel(
  recipe: string,
  named: string | undefined,
  options: OutputOptions & Omit<ExportOptions, 'signal'>,
): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const stage = namedStage(opened, named, 'model');
  const { output, force } = options;
  const files = await interruptible('nothing was exported', (signal) =>
    opened.exportModel(stage, output, { force, signal }),
  );
  if (files !== undefined) printLines([[span(`${output}  ${count(files.length, 'file')}`)]]);
}

/** `etude export plots RECIPE --output DIR`: writes curves, confusion matrices and metrics for DVC. */
export async function exportPlots(
  recipe: string,
  options: OutputOptions & Omit<ExportOptions, 'signal'>,
): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const { output, force } = options;
  const files = await interruptible('nothing was exported', (signal) =>
    opened.exportPlots(output, { force, signal }),
  );
  if (files !== undefined) printLines([[span(`${output}  ${count(files.length, 'file')}`)]]);
}

/** `etude export argo RECIPE --profile NAME`: prints a Workflow. */
export async function exportArgo(
  recipe: string,
  options: RecipeOptions & Partial<ArgoOptions>,
): Promise<void> {
  const { profile, profiles } = options;
  if (profile === undefined)
    throw new EtudeError('export argo needs --profile, which has the image, the volumes and the resources');
  const opened = await openRecipe(recipe, options);
  process.stdout.write(await opened.argoWorkflow({ profile, profiles }).catch(refused));
}
