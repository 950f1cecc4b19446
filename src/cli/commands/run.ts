import { availableParallelism } from 'node:os';
import { createRenderer } from '../../ui/create-renderer.js';
import type { ProgressMode } from '../../ui/progress-mode.js';
import { EXIT } from '../errors.js';
import { listenForInterrupts } from '../interrupts.js';
import { forcedStages, openCacheFor, openRecipe, type RecipeOptions } from '../open-recipe.js';
import { resolveEngine } from '../resolve-engine.js';

export interface RunCommandOptions extends RecipeOptions {
  jobs?: number;
  keepGoing?: boolean;
  progress: ProgressMode;
  force?: true | string[];
  verify?: boolean;
  printRecipe?: boolean;
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
  const { stdout, stderr, env } = process;
  const renderer = await createRenderer(options.progress, { stdout, stderr, env });
  const interrupts = listenForInterrupts(() => process.exit(EXIT.cancelled));
  try {
    if (engine.note) renderer.event({ at: 0, type: 'warning', text: engine.note });
    const cache = await openCacheFor(pipeline, options, (text) =>
      renderer.event({ at: 0, type: 'warning', text }),
    );
    const { runPipeline } = await import('../../run/run-pipeline.js');
    const { status } = await runPipeline({
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
    });
    process.exitCode = EXIT[status];
  } finally {
    interrupts.dispose();
    await renderer.close();
  }
}
