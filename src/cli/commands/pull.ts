import { fetchedText, fetchPlanned, type RemoteOptions, requiredRemote } from '../../project/remote.js';
import { span } from '../../terminal/line.js';
import { byteProgress } from '../byte-progress.js';
import { EXIT } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open.js';
import { printLines } from '../print.js';
import { warnOnStderr } from '../warn.js';

/** `etude pull RECIPE`: takes what a remote cache has of the results of a recipe, and this one lacks. */
export async function pull(recipe: string, options: RecipeOptions & RemoteOptions): Promise<void> {
  const remote = requiredRemote(options);
  const setting = await (await openRecipe(recipe, options)).setting();
  const progress = byteProgress('fetching');
  const pulled = await interruptible('what was pulled stays; pull again to go on', (signal) =>
    fetchPlanned(remote, setting, { signal, warn: warnOnStderr, progress: progress.tell }),
  ).finally(progress.end);
  if (pulled === undefined) return;
  const { plan, through } = pulled;
  if (through.isOff) process.exitCode = EXIT.failed;
  const without = plan.stages.filter(({ type }) => type !== 'hit').map(({ stage }) => stage.id);
  printLines([
    [span(fetchedText(through), 'bold')],
    ...(without.length > 0 ? [[span(`to be computed: ${without.join(', ')}`, 'dim')]] : []),
  ]);
}
