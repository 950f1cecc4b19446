import { availableParallelism } from 'node:os';
import type { LockFile } from '../../lock/types.js';
import type { Pipeline } from '../../recipe/pipeline.js';
import type { RunResults } from '../../run/run-pipeline.js';
import { createRenderer } from '../../ui/create-renderer.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { EXIT } from '../errors.js';
import { listenForInterrupts } from '../interrupts.js';
import { forcedStages, openCacheFor, openRecipe, type RecipeOptions } from '../open-recipe.js';
import { printJson } from '../print.js';
import { resolveEngine } from '../resolve-engine.js';

export interface RunCommandOptions extends RecipeOptions {
  jobs?: number;
  keepGoing?: boolean;
  progress: ProgressMode;
  force?: true | string[];
  verify?: boolean;
  printRecipe?: boolean;
  json?: boolean;
  /** Refuse to run what is not as the lock has it. */
  locked?: boolean;
  /** `false` for `--no-lock`. */
  lock?: boolean;
}

/** `etude run RECIPE` */
export async function run(recipe: string, options: RunCommandOptions): Promise<void> {
  const pipeline = await openRecipe(recipe, options);
  if (options.printRecipe) {
    const { resolveRecipe } = await import('../../recipe/resolved.js');
    process.stdout.write(resolveRecipe(pipeline));
    return;
  }
  const force = await forcedStages(pipeline, options.force);
  const engine = await resolveEngine(options, { check: true });
  const locked = options.locked ? await requireLock(pipeline, engine.id, options) : undefined;
  const { stdout, stderr, env } = process;
  const renderer = await createRenderer(options.json ? 'quiet' : options.progress, { stdout, stderr, env });
  const interrupts = listenForInterrupts(() => process.exit(EXIT.cancelled));
  const results: RunResults = { entries: new Map(), repositories: new Map() };
  let lockNote: string[] = [];
  try {
    if (engine.note) renderer.event({ at: 0, type: 'warning', text: engine.note });
    const cache = await openCacheFor(pipeline, options, (text) =>
      renderer.event({ at: 0, type: 'warning', text }),
    );
    const { runPipeline } = await import('../../run/run-pipeline.js');
    const finished = await runPipeline({
      pipeline,
      cache,
      renderer,
      engine,
      force,
      jobs: options.jobs ?? availableParallelism(),
      keepGoing: options.keepGoing ?? false,
      verify: options.verify ?? false,
      signal: interrupts.signal,
      kill: interrupts.kill,
      results,
    });
    const { status } = finished;
    process.exitCode = EXIT[status];
    if (options.json) printJson(finished);
    if (status === 'success') {
      const { compareWithLock, lockAfterRun } = await import('../lock-after-run.js');
      const reached = { pipeline, cache, engineId: engine.id, ...results };
      if (locked !== undefined) {
        lockNote = await compareWithLock(locked, reached);
        if (lockNote.length > 0) process.exitCode = EXIT.failed;
      } else if (options.lock !== false && isRecipeAlone(options)) lockNote = await lockAfterRun(reached);
    }
  } finally {
    interrupts.dispose();
    await renderer.close();
  }
  for (const line of lockNote) process.stderr.write(`${line}\n`);
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
  const { refuseDrift } = await import('../refuse-drift.js');
  return refuseDrift(pipeline, engineId, await openCacheFor(pipeline, options));
}
