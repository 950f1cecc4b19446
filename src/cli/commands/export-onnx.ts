import type { ExportOptions, OnnxOptions, Recipe } from '../../index.js';
import { span } from '../../terminal/line.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { quoted } from '../../util/shell-word.js';
import { count } from '../../util/words.js';
import { interruptible } from '../interruptible.js';
import { namedStage } from '../named-stage.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';
import { runStage } from '../run-stage.js';

interface Options extends RecipeOptions, Omit<ExportOptions, 'signal'>, Omit<OnnxOptions, 'min_agreement'> {
  output: string;
  minAgreement?: number;
  progress: ProgressMode;
}

/**
 * `etude export onnx RECIPE STAGE --output DIR`: exports a model as ONNX graphs, as the stage type
 * `export-onnx` does, and writes them in the layout of transformers.js.
 */
export async function exportOnnx(recipe: string, named: string | undefined, options: Options): Promise<void> {
  await runAndWrite(recipe, named, options, {}, (extended, stage, writing) =>
    extended.exportModel(stage, options.output, writing),
  );
}

/** `etude export web RECIPE STAGE --output DIR`: the same, with a page around it that runs the model. */
export async function exportWeb(recipe: string, named: string | undefined, options: Options): Promise<void> {
  const written = await runAndWrite(recipe, named, options, { dtype: ['q8'] }, (extended, stage, writing) =>
    extended.exportWeb(stage, options.output, writing),
  );
  if (written) printLines([[span(`To look at it: npx http-server ${quoted(options.output)}`)]]);
}

async function runAndWrite(
  recipe: string,
  named: string | undefined,
  options: Options,
  defaults: OnnxOptions,
  write: (recipe: Recipe, stage: string, options: ExportOptions) => Promise<string[]>,
): Promise<boolean> {
  const opened = await openRecipe(recipe, options);
  const { output, force, dtype, split, minAgreement: min_agreement } = options;
  const stage = namedStage(opened, named, 'model');
  await opened.checkOutput(output, { force });
  const extended = await opened.withOnnxExport(stage, { dtype, split, min_agreement }, defaults);
  const files = await interruptible('nothing was exported', async (signal, kill) => {
    if (!(await runStage(extended, options.progress, { signal, kill }))) return [];
    return write(extended.recipe, extended.stage, { force, signal });
  });
  if (files === undefined || files.length === 0) return false;
  printLines([[span(`${output}  ${count(files.length, 'file')}`)]]);
  return true;
}
