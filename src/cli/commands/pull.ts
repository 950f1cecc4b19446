import { resolveEngine } from '../../engine/resolve-engine.js';
import { openCacheFor, openRecipe, type RecipeOptions, warnOnStderr } from '../../project/open-recipe.js';
import { fetchedText, fetchPlanned, type RemoteOptions, requiredRemote } from '../../project/remote.js';
import { span } from '../../terminal/line.js';
import { EXIT } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { printLines } from '../print.js';

/** `etude pull RECIPE`: takes what a remote cache has of the results of a recipe, and this one lacks. */
export async function pull(recipe: string, options: RecipeOptions & RemoteOptions): Promise<void> {
  const remote = requiredRemote(options);
  const pipeline = await openRecipe(recipe, options);
  const cache = await openCacheFor(pipeline, options);
  const { id: engineId } = await resolveEngine(options);
  const pulled = await interruptible('what was pulled stays; pull again to go on', (signal) =>
    fetchPlanned(remote, { pipeline, cache, engineId }, { signal, warn: warnOnStderr }),
  );
  if (pulled === undefined) return;
  const { plan, through } = pulled;
  if (through.isOff) process.exitCode = EXIT.failed;
  const without = plan.stages.filter(({ type }) => type !== 'hit').map(({ stage }) => stage.id);
  printLines([
    [span(fetchedText(through), 'bold')],
    ...(without.length > 0 ? [[span(`to be computed: ${without.join(', ')}`, 'dim')]] : []),
  ]);
}
