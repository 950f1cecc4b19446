import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { LockFile } from '../pipeline/lock/types.js';
import { chooseStages, type StagesAsked } from '../pipeline/recipe/choose-stages.js';
import { type RunFinished, type RunResults, runPipeline } from '../pipeline/run/run-pipeline.js';
import { EtudeError, messageOf } from '../util/errors.js';
import { compareWithLock, type LockChange, writeLockAfter } from './lock-after-run.js';
import { leftJobs, type ProfileOptions, placementOf, profileOf } from './profile.js';
import type { OpenedRecipe } from './project-types.js';
import { refuseDrift } from './refuse-drift.js';
import { type Fetched, fetchedOf, fetchPlanned, remoteOf } from './share/remote.js';
import { signalsOf } from './signals.js';
import { Task } from './task-events.js';

export interface RunOptions extends StagesAsked, ProfileOptions {
  /** Number of concurrent stages. Default: one per core. */
  jobs?: number;
  /** After a failure, continue with what does not depend on it. Default false. */
  keepGoing?: boolean;
  /** Hash every cached object before it is used. Default false. */
  verify?: boolean;
  /**
   * The lock file next to the recipe: `write` it after success, unless the recipe was opened with overrides
   * or is run in part; `require` that the recipe and its results match it; or `ignore` it. Default `ignore`.
   */
  lock?: 'write' | 'require' | 'ignore';
  /** A remote cache to search first. Default: `ETUDE_REMOTE`, otherwise none. */
  remote?: string;
  /** Whether to make a summary in Markdown. Default false. */
  summary?: boolean;
  /** Stops the run: nothing more starts, and running stages save their state. */
  signal?: AbortSignal;
  /** Kills running stages. */
  kill?: AbortSignal;
  /** Called with the number of bytes that have come from the remote cache. */
  onFetch?(bytes: number): void;
}

/** How a run ended. */
export interface RunResult {
  finished: RunFinished;
  /** What happened to the lock file, if it was to be written. */
  lock?: LockChange;
  /** With `lock: 'require'`: where the results differ from the lock, in words. */
  differences: string[];
  /** What came from the remote cache, if there is one. */
  remote?: Fetched;
  /** With `summary`: GitHub Flavored Markdown, with metrics, stages, models and how to compute it again. */
  summary?: string;
}

export type Run = Task<RunResult>;

/** See `Recipe.run`. */
export async function startRun(recipe: OpenedRecipe, options: RunOptions): Promise<Run> {
  const { project, overrides } = recipe;
  const { pipeline, force, whole } = chooseStages(recipe.pipeline, options);
  if (options.lock === 'require' && !whole)
    throw new EtudeError(
      '--locked cannot be combined with stages, --until or --from: a lock file covers the whole recipe',
    );
  const profile = options.profile === undefined ? undefined : await profileOf(recipe, options);
  const engine = await project.resolveEngine({ check: true });
  const setting = { ...(await recipe.setting(engine)) };
  if (profile?.cacheDir !== undefined)
    setting.cache = await project.openCache(pipeline.place, undefined, profile.cacheDir);
  const locked = options.lock === 'require' ? await refuseDrift(setting) : undefined;
  const cache =
    locked === undefined
      ? setting.cache
      : await project.openCache(pipeline.place, digestsOf(locked), profile?.cacheDir);
  const at = { pipeline, cache, engineId: engine.id };
  const remote = remoteOf(options);
  const through = remote && (await fetchPlanned(remote, at, fetchOptions(recipe, options))).through;
  return new Task(async (emit) => {
    if (engine.note !== undefined) emit({ at: 0, type: 'warning', text: engine.note });
    const placement = profile && (await placementOf(profile, { cache, engineId: engine.id, emit }, options));
    const results: RunResults = { entries: new Map(), repositories: new Map() };
    const finished = await runPipeline({
      pipeline,
      cache: through?.cache ?? cache,
      renderer: { event: emit },
      engine,
      force,
      jobs: options.jobs ?? availableParallelism(),
      pool: project.pool,
      placement,
      onPlanned: (here) => leftJobs(cache.dir, here),
      keepGoing: options.keepGoing ?? false,
      verify: options.verify ?? false,
      ...signalsOf(options),
      variant: variantOf(overrides),
      results,
    });
    const result: RunResult = { finished, differences: [], remote: through && fetchedOf(through) };
    if (finished.status === 'success') {
      const reached = { ...at, ...results };
      if (locked !== undefined) result.differences = await compareWithLock(locked, reached);
      else if (options.lock === 'write' && whole && variantOf(overrides) === undefined)
        result.lock = await writeLockAfter(reached);
    }
    if (options.summary) {
      const { summaryOf } = await import('./run-summary/run-summary.js');
      const { commandsOf } = await import('./run-summary/commands.js');
      const isLocked = locked !== undefined || (result.lock !== undefined && result.lock.type !== 'failed');
      result.summary = await summaryOf({
        pipeline: pipeline.name,
        engine: engine.id,
        finished,
        entries: results.entries,
        objects: cache.objects,
        commands: commandsOf(recipe, options, isLocked),
      }).catch((error: unknown) => {
        project.warn(`no summary of the run: ${messageOf(error)}`);
        return undefined;
      });
    }
    return result;
  });
}

function fetchOptions({ project }: OpenedRecipe, { onFetch, signal }: RunOptions) {
  return {
    signal,
    warn: (text: string) => project.warn(text),
    progress: onFetch,
  };
}

/**
 * What was set from outside, as in the name of a folder. A lock describes the recipe's own results, not those
 * with such changes.
 */
function variantOf({ params = [], set = [] }: OpenedRecipe['overrides']): string | undefined {
  const texts = [...params.map((file) => basename(file)), ...set];
  return texts.length === 0 ? undefined : texts.join(',');
}

/** The required digests of results from elsewhere. */
function digestsOf({ stages }: LockFile): ReadonlyMap<string, string> {
  return new Map(Object.values(stages).map(({ fingerprint, output }) => [fingerprint, output.digest]));
}
