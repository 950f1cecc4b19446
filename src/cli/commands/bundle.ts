import type { Bundled, BundleOptions } from '../../index.js';
import { formatBytes } from '../../terminal/format.js';
import { span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { byteProgress } from '../byte-progress.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';
import { warnOnStderr } from '../warn.js';

/** `etude bundle RECIPE`: packs a recipe, what belongs to it, and optionally its results into one file. */
export async function bundle(
  recipe: string,
  { objects, output, force, ...options }: RecipeOptions & Pick<BundleOptions, 'objects' | 'output' | 'force'>,
): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const progress = byteProgress('packing');
  const bundled = await interruptible('no bundle was written', (signal) =>
    opened.bundle({ objects, output, force, signal, progress: progress.update }),
  ).finally(progress.end);
  if (bundled !== undefined) print(bundled);
}

function print({ file, bytes, files, results, objects, without, outside }: Bundled): void {
  for (const name of outside) warnOnStderr(`not packed, because it is outside the project: ${name}`);
  for (const reason of new Set(without.map((each) => each.reason))) {
    const ids = without.flatMap((each) => (each.reason === reason ? [each.stage] : []));
    warnOnStderr(`results that are not packed, because they are ${reason}: ${ids.join(', ')}`);
  }
  const parts = [
    `${count(files, 'file')} of the project`,
    count(results, 'result'),
    count(objects, 'object'),
  ];
  printLines([[span(file, 'bold'), span(`  ${formatBytes(bytes)}`)], [span(parts.join(', '), 'dim')]]);
}
