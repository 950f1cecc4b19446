import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { engineOfLock, type ResolvedEngine, resolveEngine } from '../../engine/resolve-engine.js';
import { absorb } from '../../pipeline/cache/absorb.js';
import { type DiskCache, openCache } from '../../pipeline/cache/open-cache.js';
import { type Drift, driftFrom } from '../../pipeline/lock/drift.js';
import { makeLock } from '../../pipeline/lock/make-lock.js';
import { isDecisive, makeReceipt, type Receipt } from '../../pipeline/lock/receipt.js';
import type { LockFile } from '../../pipeline/lock/types.js';
import type { Pipeline } from '../../pipeline/recipe/pipeline.js';
import type { RunResults } from '../../pipeline/run/run-pipeline.js';
import { openCacheFor, openRecipe, type RecipeOptions } from '../../project/open-recipe.js';
import { lockOf } from '../../project/refuse-drift.js';
import { version } from '../../project/version.js';
import { weightDifferences } from '../../project/weight-difference.js';
import { createRenderer } from '../../ui/create-renderer.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { digestOfJson } from '../../util/canonical-json.js';
import { EXIT } from '../errors.js';
import { listenForInterrupts } from '../interrupts.js';
import { outputWidth, printJson, printLines } from '../print.js';
import { receiptLines } from '../receipt-lines.js';

export interface ReproduceOptions extends RecipeOptions {
  jobs?: number;
  progress: ProgressMode;
  /** Where the receipt goes; `-`: to standard output, in place of the lines for people. */
  json?: string;
  /** Bytes must be equal. */
  exact?: boolean;
}

/**
 * `etude reproduce RECIPE`: computes what the recipe's lock describes, beside the cache, and compares. Exit code 0 where all is equal or
 * within tolerance, 1 where something differs or fails.
 */
export async function reproduce(recipe: string, options: ReproduceOptions): Promise<void> {
  const lock = await lockOf(recipe);
  await pinRevisions(lock);
  const pipeline = await openRecipe(recipe, {});
  const asked =
    options.engine === 'auto' && options.device === undefined ? engineOfLock(lock.engine) : options;
  const engine = await resolveEngine(asked, { check: true });
  const cache = await openCacheFor(pipeline, options);
  const drift = await driftFrom(lock, { pipeline, cache, engineId: engine.id });
  await cache.flush();
  const receipt = drift.some(isDecisive)
    ? makeReceipt({ lock, drift, now: { stages: {}, engine: engine.id, etude: version() } })
    : await compute({ lock, pipeline, engine, cache, drift }, options);
  if (receipt === undefined) return;
  if (options.json === '-') printJson(receipt);
  else if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(receipt, null, 2)}\n`);
  if (options.json !== '-' && options.progress !== 'json') printLines(receiptLines(receipt, outputWidth()));
  const equal =
    receipt.verdict === 'byte-equal' || (receipt.verdict === 'within-tolerance' && !options.exact);
  process.exitCode = equal ? EXIT.success : EXIT.failed;
}

/** Branches and tags mean the commits that the lock has, wherever they are now. */
async function pinRevisions(lock: LockFile): Promise<void> {
  const { pinRevision } = await import('../../hub/pinned-revisions.js');
  for (const { repositories = [] } of Object.values(lock.stages)) {
    for (const { type, id, revision, commit } of repositories) pinRevision({ type, id }, revision, commit);
  }
}

interface Reproduction {
  lock: LockFile;
  pipeline: Pipeline;
  engine: ResolvedEngine;
  cache: DiskCache;
  drift: Drift[];
}

/**
 * Computes everything in a cache of its own, so that nothing is taken for reproduced that was only kept. It lies among the scratch
 * folders: what was finished before a crash or Ctrl-C is not computed again. What it gave is kept for later runs.
 */
async function compute(
  { lock, pipeline, engine, cache, drift }: Reproduction,
  options: ReproduceOptions,
): Promise<Receipt | undefined> {
  const { stdout, stderr, env } = process;
  const key = digestOfJson({ reproduce: lock, engine: engine.id, code: drift.map(({ text }) => text) });
  const renderer = await createRenderer(options.progress, { stdout, stderr, env });
  const interrupts = listenForInterrupts();
  const held = await cache.lock(key, { runId: 'reproduce' });
  const results: RunResults = { entries: new Map(), repositories: new Map() };
  const beside = await openCache(await cache.scratch(key));
  try {
    if (engine.note) renderer.event({ at: 0, type: 'warning', text: engine.note });
    const { runPipeline } = await import('../../pipeline/run/run-pipeline.js');
    const { status, stages } = await runPipeline({
      pipeline,
      cache: beside,
      renderer,
      engine,
      force: new Set(),
      jobs: options.jobs ?? availableParallelism(),
      keepGoing: true,
      verify: true,
      signal: interrupts.signal,
      kill: interrupts.kill,
      results,
      models: false,
    });
    if (status === 'cancelled') {
      process.exitCode = interrupts.exitCode;
      return undefined;
    }
    const now = await makeLock({
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
    interrupts.dispose();
    await renderer.close();
  }
}
