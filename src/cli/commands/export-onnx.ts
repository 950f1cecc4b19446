import type { ExportOptions, OnnxOptions, Recipe } from '../../index.js';
import { span } from '../../terminal/line.js';
import { createRenderer } from '../../ui/create-renderer.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { count } from '../../util/words.js';
import { EXIT } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { namedStage } from '../named-stage.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';

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
  const opened = await openRecipe(recipe, options);
  const { output, force, dtype, split, minAgreement: min_agreement } = options;
  const extended = await opened.withOnnxExport(namedStage(opened, named, 'model'), {
    dtype,
    split,
    min_agreement,
  });
  const files = await interruptible('nothing was exported', async (signal, kill) => {
    if (!(await runStage(extended, options.progress, { signal, kill }))) return [];
    return extended.recipe.exportModel(extended.stage, output, { force, signal });
  });
  if (files === undefined || files.length === 0) return;
  printLines([[span(`${output}  ${count(files.length, 'file')}`)]]);
}

/** Runs a stage and what it needs, shown as a run is. Whether it succeeded; if not, the exit code is set. */
async function runStage(
  { recipe, stage }: { recipe: Recipe; stage: string },
  progress: ProgressMode,
  signals: { signal: AbortSignal; kill: AbortSignal },
): Promise<boolean> {
  const task = await recipe.run({ stages: [stage], ...signals });
  const renderer = await createRenderer(progress, process);
  try {
    for await (const event of task) renderer.event(event);
  } finally {
    await renderer.close();
  }
  const { status } = (await task.result).finished;
  signals.signal.throwIfAborted();
  process.exitCode = EXIT[status];
  return status === 'success';
}
