import type { OnnxOptions, PushModelOptions } from '../../index.js';
import { span } from '../../terminal/line.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { count } from '../../util/words.js';
import { byteProgress } from '../byte-progress.js';
import { checkDryRun } from '../dry-run.js';
import { interruptible } from '../interruptible.js';
import { namedStage } from '../named-stage.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';
import { publishedLine } from '../published-line.js';
import { runStage } from '../run-stage.js';
import { warnOnStderr } from '../warn.js';

interface Options
  extends RecipeOptions,
    Pick<
      PushModelOptions,
      'private' | 'revision' | 'createPr' | 'force' | 'license' | 'language' | 'report'
    > {
  onnx?: OnnxOptions['dtype'];
  dryRun?: boolean;
  output?: string;
  progress: ProgressMode;
}

/** `etude push-model RECIPE STAGE [owner/name]`: pushes a trained model to the Hub, with a model card. */
export async function pushModel(
  file: string,
  named: string | undefined,
  id: string | undefined,
  { onnx, dryRun, output, progress: mode, ...options }: Options,
): Promise<void> {
  checkDryRun({ dryRun, output });
  const opened = await openRecipe(file, options);
  if (output !== undefined) await opened.checkOutput(output, options);
  const stage = namedStage(opened, named, 'model');
  const extended = onnx && (await opened.withOnnxExport(stage, { dtype: onnx }));
  const recipe = extended?.recipe ?? opened;
  const { license, language, report, force } = options;
  const said = { license, language, report, onnxStage: extended?.stage };
  const progress = byteProgress('pushing');
  await interruptible('nothing was pushed; the same command starts again', async (signal, kill) => {
    const { private: isPrivate, revision, createPr } = options;
    const asked = { ...said, private: isPrivate, revision, createPr, force, signal };
    if (!dryRun) await opened.checkPush(stage, id, asked);
    if (extended !== undefined && !(await runStage(extended, mode, { signal, kill }))) return;
    if (dryRun) {
      const files = await recipe.writeModel(stage, id, output!, { ...said, force, signal });
      return printLines([[span(`${output}  ${count(files.length, 'file')}`)]]);
    }
    const published = await recipe
      .pushModel(stage, id, { ...asked, progress: progress.update, warn: warnOnStderr })
      .finally(progress.end);
    printLines([publishedLine(published)]);
  });
}
