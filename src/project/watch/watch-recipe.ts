import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { POLL_MS } from '../../files/watch/path-watcher.js';
import { lockPath } from '../../pipeline/lock/lock-file-io.js';
import type { LoadOptions } from '../../pipeline/recipe/load-pipeline.js';
import { projectFolderOf } from '../../pipeline/recipe/recipe-paths.js';
import type { OnChange } from '../../pipeline/run/events/watch-events.js';
import { EtudeError } from '../../util/errors.js';
import { pointsOutside } from '../../util/points-outside.js';
import { cacheDirOf } from '../project-cache.js';
import { signalsOf } from '../signals.js';
import type { WatchedProject, WatchedRunOptions } from './messages.js';
import { Watch } from './watch.js';

export interface WatchOptions extends WatchedProject, WatchedRunOptions, Pick<LoadOptions, 'params' | 'set'> {
  /**
   * What to do with a run when something it depends on changes: `finish` it first, `restart` it at once (a
   * training saves its state), or `ask`: let it go on until `watch.restart()` is called. Default `finish`.
   */
  onChange?: OnChange;
  /**
   * Look for changes every so many seconds, where the system does not tell of them (network shares). Looks
   * take at most a twentieth of the time. `true`: every two seconds.
   */
  poll?: number | true;
  /** Ends the watch; a run under way saves its state. */
  signal?: AbortSignal;
  /** Kills running stages. */
  kill?: AbortSignal;
}

/**
 * Watches a recipe and everything that it depends on: runs it, and runs it again whenever any of it changes.
 * A recipe with mistakes is reported, and the next change is awaited. Nothing is printed.
 *
 * @example
 * const watch = watchRecipe('recipe.yaml', { signal });
 * for await (const event of watch) if (event.type === 'run-finished') console.log(event.metrics);
 *
 * @param file Path of the recipe, relative to `dir`.
 * @throws EtudeError if there is no such recipe at the start.
 */
export function watchRecipe(file: string, options: WatchOptions = {}): Watch {
  const { dir, cacheDir, engine, device, requireSigned } = options;
  const { params, set, stages, until, jobs, keepGoing, verify, lock, remote, poll } = options;
  const recipe = resolve(dir ?? '.', file);
  if (!existsSync(recipe)) throw new EtudeError('no such recipe', { where: { file } });
  const { projectDir } = projectFolderOf(recipe);
  const cache = cacheDirOf({ cacheDir }, projectDir);
  const ownLock = lockPath(recipe);
  return new Watch({
    task: {
      project: { dir, cacheDir, engine, device, requireSigned },
      file: dir === undefined ? file : recipe,
      overrides: { params, set },
      run: { stages, until, jobs, keepGoing, verify, lock, remote },
    },
    recipe,
    projectDir,
    ignored: (path) => path.startsWith(ownLock) || !pointsOutside(relative(cache, path)),
    onChange: options.onChange ?? 'finish',
    poll: poll === true ? POLL_MS : poll === undefined ? undefined : poll * 1000,
    ...signalsOf(options),
  });
}
