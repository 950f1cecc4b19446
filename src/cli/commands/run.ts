import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { resolveEngine } from '../../engine/resolve-engine.js';
import type { DiskCache } from '../../pipeline/cache/open-cache.js';
import type { LockFile } from '../../pipeline/lock/types.js';
import type { Pipeline } from '../../pipeline/recipe/pipeline.js';
import type { ReadThrough } from '../../pipeline/remote/read-through.js';
import type { RunResults } from '../../pipeline/run/run-pipeline.js';
import { openCacheFor, openRecipe, type RecipeOptions } from '../../project/open-recipe.js';
import { foldMessage } from '../../terminal/line.js';
import { writeLine } from '../../terminal/output.js';
import { createRenderer } from '../../ui/create-renderer.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { EtudeError } from '../../util/errors.js';
import { chooseStages, type StagesAsked } from '../choose-stages.js';
import { EXIT } from '../errors.js';
import { listenForInterrupts } from '../interrupts.js';
import { printJson } from '../print.js';

export interface RunCommandOptions extends RecipeOptions, Omit<StagesAsked, 'stages'> {
  jobs?: number;
  keepGoing?: boolean;
  progress: ProgressMode;
  verify?: boolean;
  printRecipe?: boolean;
  json?: boolean;
  /** A remote cache to look into. */
  remote?: string;
  /** Refuse to run what is not as the lock has it. */
  locked?: boolean;
  /** `false` for `--no-lock`. */
  lock?: boolean;
}

/** `etude run RECIPE [STAGE…]` */
export async function run(
  recipe: string,
  stages: readonly string[],
  options: RunCommandOptions,
): Promise<void> {
  const loaded = await openRecipe(recipe, options);
  if (options.printRecipe) {
    const { resolveRecipe } = await import('../../pipeline/recipe/resolved.js');
    process.stdout.write(resolveRecipe(loaded));
    return;
  }
  const { pipeline, force, whole } = chooseStages(loaded, { ...options, stages });
  if (options.locked && !whole)
    throw new EtudeError('--locked goes without stages, --until and --from: a lock tells of whole recipes');
  const engine = await resolveEngine(options, { check: true });
  const locked = options.locked ? await requireLock(pipeline, engine.id, options) : undefined;
  let warn = (text: string): unknown => notes.push(text);
  const notes: string[] = [];
  const disk = await openCacheFor(pipeline, { ...options, locked: locked && digestsOf(locked) }, (text) =>
    warn(text),
  );
  const remote = await throughRemote(options, { pipeline, cache: disk, engineId: engine.id }, (text) =>
    warn(text),
  );
  if (remote === 'cancelled') return;
  const { stdout, stderr, env } = process;
  const renderer = await createRenderer(options.json ? 'quiet' : options.progress, { stdout, stderr, env });
  const interrupts = listenForInterrupts();
  const results: RunResults = { entries: new Map(), repositories: new Map() };
  let closing: string[] = [];
  try {
    warn = (text) => renderer.event({ at: 0, type: 'warning', text });
    for (const text of engine.note ? [engine.note, ...notes] : notes) warn(text);
    const { runPipeline } = await import('../../pipeline/run/run-pipeline.js');
    const finished = await runPipeline({
      pipeline,
      cache: remote?.cache ?? disk,
      renderer,
      engine,
      force,
      jobs: options.jobs ?? availableParallelism(),
      keepGoing: options.keepGoing ?? false,
      verify: options.verify ?? false,
      signal: interrupts.signal,
      kill: interrupts.kill,
      variant: variantOf(options),
      results,
    });
    const { status } = finished;
    process.exitCode = status === 'cancelled' ? interrupts.exitCode : EXIT[status];
    if (options.json) printJson(finished);
    if (status === 'success') {
      const { compareWithLock, lockAfterRun } = await import('../../project/lock-after-run.js');
      const reached = { pipeline, cache: disk, engineId: engine.id, ...results };
      if (locked !== undefined) {
        closing = await compareWithLock(locked, reached);
        if (closing.length > 0) process.exitCode = EXIT.failed;
      } else if (options.lock !== false && whole && isRecipeAlone(options)) {
        const quiet = options.json || options.progress === 'json' || options.progress === 'quiet';
        closing = await lockAfterRun(reached, { quiet });
      }
    }
  } finally {
    interrupts.dispose();
    await renderer.close();
  }
  if (remote !== undefined) closing.push(...(await closeRemote(remote)));
  for (const line of closing) writeLine(process.stderr, foldMessage(line, process.stderr));
  // A call on a network share that hangs would keep the process alive.
  if (remote?.isOff) setTimeout(() => process.exit(), 1000).unref();
}

/** Looks into the remote cache first, where there is one: what it has is then a hit. */
async function throughRemote(
  options: RunCommandOptions,
  at: { pipeline: Pipeline; cache: DiskCache; engineId: string },
  warn: (text: string) => void,
): Promise<ReadThrough | 'cancelled' | undefined> {
  if (!options.remote && !process.env.ETUDE_REMOTE) return undefined;
  const { fetchPlanned, remoteOf } = await import('../../project/remote.js');
  const { interruptible } = await import('../interruptible.js');
  const remote = remoteOf(options)!;
  const fetched = await interruptible('nothing was run', (signal) =>
    fetchPlanned(remote, at, { signal, warn }),
  );
  return fetched?.through ?? 'cancelled';
}

async function closeRemote(remote: ReadThrough): Promise<string[]> {
  if (remote.fetched.results === 0) return [];
  const { fetchedText } = await import('../../project/remote.js');
  return [fetchedText(remote)];
}

/** What was set from outside, as the name of a folder tells it. */
function variantOf(options: RunCommandOptions): string | undefined {
  if (isRecipeAlone(options)) return undefined;
  return [...(options.params ?? []).map((file) => basename(file)), ...(options.set ?? [])].join(',');
}

/** A lock tells what the recipe reached, not what it reached with other values than its own. */
function isRecipeAlone({ set, params }: RunCommandOptions): boolean {
  return [set, params].every((given) => given === undefined || given.length === 0);
}

async function requireLock(
  pipeline: Pipeline,
  engineId: string,
  options: RunCommandOptions,
): Promise<LockFile> {
  const { refuseDrift } = await import('../../project/refuse-drift.js');
  const { cacheDir } = options;
  return refuseDrift(pipeline, engineId, await openCacheFor(pipeline, { cacheDir }));
}

/** What results must be where they come from elsewhere. */
function digestsOf({ stages }: LockFile): ReadonlyMap<string, string> {
  return new Map(Object.values(stages).map(({ fingerprint, output }) => [fingerprint, output.digest]));
}
