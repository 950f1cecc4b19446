import { availableParallelism } from 'node:os';
import type { ResolvedEngine } from '../engine/resolve-engine.js';
import { absorb } from '../pipeline/cache/absorb.js';
import { openCache } from '../pipeline/cache/open-cache.js';
import { buildLockFile } from '../pipeline/lock/build-lock-file.js';
import { type Drift, driftFrom } from '../pipeline/lock/drift.js';
import { isDecisive, makeReceipt, type Receipt } from '../pipeline/lock/receipt.js';
import type { LockFile } from '../pipeline/lock/types.js';
import { type RunResults, runPipeline } from '../pipeline/run/run-pipeline.js';
import { digestOfJson } from '../util/canonical-json.js';
import type { OpenedRecipe } from './project-types.js';
import { signalsOf } from './signals.js';
import { Task } from './task-events.js';
import { version } from './version.js';
import { weightDifferences } from './weight-difference.js';

export interface ReproduceOptions {
  /** Number of concurrent stages. Default: one per core. */
  jobs?: number;
  /** Stops: what is finished is not recomputed next time. */
  signal?: AbortSignal;
  /** Kills running stages. */
  kill?: AbortSignal;
}

/** Resolves to the verdict; to `undefined` if the work was stopped. */
export type Reproduction = Task<Receipt | undefined>;

/**
 * See `Project.reproduce`.
 *
 * @param engine Default: the one that the lock names.
 */
export async function startReproduction(
  recipe: OpenedRecipe,
  lock: LockFile,
  engine: ResolvedEngine,
  options: ReproduceOptions,
): Promise<Reproduction> {
  const setting = await recipe.setting(engine);
  const drift = await driftFrom(lock, setting);
  await setting.cache.flush();
  return new Task(async (emit) => {
    if (drift.some(isDecisive))
      return makeReceipt({ lock, drift, now: { stages: {}, engine: engine.id, etude: version() } });
    if (engine.note !== undefined) emit({ at: 0, type: 'warning', text: engine.note });
    return compute(recipe, { lock, engine, drift, renderer: { event: emit } }, options);
  });
}

/**
 * Computes everything in a separate cache, so that a kept result does not count as reproduced. It is one of
 * the scratch folders: what was finished before a crash or Ctrl-C is not recomputed. Its results are kept for
 * later runs.
 */
async function compute(
  recipe: OpenedRecipe,
  what: {
    lock: LockFile;
    engine: ResolvedEngine;
    drift: Drift[];
    renderer: Parameters<typeof runPipeline>[0]['renderer'];
  },
  options: ReproduceOptions,
): Promise<Receipt | undefined> {
  const { lock, engine, drift, renderer } = what;
  const { pipeline } = recipe;
  const cache = await recipe.cache();
  const key = digestOfJson({ reproduce: lock, engine: engine.id, code: drift.map(({ text }) => text) });
  const held = await cache.lock(key, { runId: 'reproduce' });
  try {
    const results: RunResults = { entries: new Map(), repositories: new Map() };
    const beside = await openCache(await cache.scratch(key));
    const { status, stages } = await runPipeline({
      pipeline,
      cache: beside,
      renderer,
      engine,
      force: new Set(),
      jobs: options.jobs ?? availableParallelism(),
      pool: recipe.project.pool,
      keepGoing: true,
      verify: true,
      ...signalsOf(options),
      results,
      models: false,
    });
    if (status === 'cancelled') return undefined;
    const now = await buildLockFile({
      ...results,
      pipeline,
      cache: beside,
      engineId: engine.id,
      etude: version(),
    });
    const failed = stages.flatMap(({ id, error }): [string, string][] =>
      error === undefined ? [] : [[id, error]],
    );
    const receipt = makeReceipt({
      lock,
      drift,
      now,
      errors: new Map(failed),
      seconds: new Map(stages.map(({ id, seconds }) => [id, seconds])),
      weights: await weightDifferences(lock, cache, results.entries, beside.objects),
    });
    await absorb(beside, cache, results.entries.values());
    await cache.flush();
    await cache.removeScratch(key);
    return receipt;
  } finally {
    await held.release();
  }
}
