import { span } from '../../terminal/line.js';
import { byteProgress } from '../byte-progress.js';
import { EXIT } from '../errors.js';
import { fetchedText } from '../fetched-text.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printLines } from '../print.js';

/**
 * `etude pull RECIPE`: fetches those of a recipe's results that a remote cache has and the local one lacks.
 */
export async function pull(recipe: string, options: RecipeOptions & { remote?: string }): Promise<void> {
  const opened = await openRecipe(recipe, options);
  const progress = byteProgress('fetching');
  const pulled = await interruptible('what was pulled is kept; pull again to continue', (signal) =>
    opened.pull({ remote: options.remote, signal, progress: progress.update }),
  ).finally(progress.end);
  if (pulled === undefined) return;
  if (pulled.failed) process.exitCode = EXIT.failed;
  const { missing } = pulled;
  printLines([
    [span(fetchedText(pulled), 'bold')],
    ...(missing.length > 0 ? [[span(`still to be computed: ${missing.join(', ')}`, 'dim')]] : []),
  ]);
}
