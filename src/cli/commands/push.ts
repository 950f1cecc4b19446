import { formatBytes } from '../../terminal/format.js';
import { clean, span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { byteProgress } from '../byte-progress.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';
import { warnOnStderr } from '../warn.js';

/** `etude push RECIPE`: uploads a recipe's cached results to a remote cache. */
export async function push(recipe: string, options: RecipeOptions & { remote?: string }): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const progress = byteProgress('pushing');
  const pushed = await interruptible('what was pushed is kept; push again to continue', (signal) =>
    opened.push({ remote: options.remote, signal, progress: progress.update }),
  ).finally(progress.end);
  if (pushed === undefined) return;
  const { results, present, objects, bytes, missing, signedBy, unsigned } = pushed;
  for (const stage of missing) warnOnStderr(`the result of '${stage}' is not pushed: it is not in the cache`);
  for (const { stage, from } of unsigned)
    warnOnStderr(
      clean(`the result of '${stage}' is not signed: it was not computed here, but comes from ${from}`),
    );
  const signed = signedBy === undefined ? '' : ` · signed by ${signedBy}`;
  const sent = `${count(objects, 'object')}, ${formatBytes(bytes)}`;
  printLines([
    [
      span(`${count(results, 'result')} pushed`, 'bold'),
      span(`, ${present} already there · ${sent}${signed}`),
    ],
  ]);
}
