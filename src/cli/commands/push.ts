import { keysFolder, ownKey } from '../../pipeline/remote/keys.js';
import { push as send } from '../../pipeline/remote/push.js';
import { type RemoteOptions, requiredRemote } from '../../project/remote.js';
import { formatBytes } from '../../terminal/format.js';
import { clean, span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { byteProgress } from '../byte-progress.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open.js';
import { printLines } from '../print.js';
import { warnOnStderr } from '../warn.js';

/** `etude push RECIPE`: puts the results of a recipe that are in the cache on a remote cache. */
export async function push(recipe: string, options: RecipeOptions & RemoteOptions): Promise<void> {
  const remote = requiredRemote(options);
  const opened = await openRecipe(recipe, options);
  const cache = await opened.cache();
  const { stages } = await opened.plan();
  const entries = stages.flatMap((planned) => (planned.type === 'hit' ? [planned.entry] : []));
  for (const planned of stages)
    if (planned.type !== 'hit')
      warnOnStderr(`the result of '${planned.stage.id}' is not pushed: it is not in the cache`);

  const key = await ownKey(keysFolder());
  const progress = byteProgress('pushing');
  const pushed = await interruptible('what was pushed stays; push again to go on', (signal) =>
    send(remote, cache, entries, { signal, key, progress: progress.tell }),
  ).finally(progress.end);
  await cache.flush();
  if (pushed === undefined) return;
  const { results, present, objects, bytes } = pushed;
  if (key !== undefined) {
    for (const { stage, provenance } of entries.filter((entry) => entry.provenance !== undefined))
      warnOnStderr(
        clean(
          `the result of '${stage}' is not signed: it was not computed here, but came from ${provenance?.name}`,
        ),
      );
  }
  printLines([
    [
      span(`${count(results, 'result')} pushed`, 'bold'),
      span(
        `, ${present} there already · ${count(objects, 'object')}, ${formatBytes(bytes)}${key === undefined ? '' : ` · signed by ${key.id}`}`,
      ),
    ],
  ]);
}
