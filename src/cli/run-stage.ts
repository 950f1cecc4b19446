import type { Recipe } from '../index.js';
import { createRenderer } from '../ui/create-renderer.js';
import type { ProgressMode } from '../ui/progress-mode.js';
import { EXIT } from './errors.js';

/** Runs a stage and what it needs, shown as a run is. Whether it succeeded; if not, the exit code is set. */
export async function runStage(
  { recipe, stage }: { recipe: Recipe; stage: string },
  progress: ProgressMode,
  signals: { signal: AbortSignal; kill: AbortSignal },
): Promise<boolean> {
  const task = await recipe.run({ stages: [stage], ...signals });
  const renderer = await createRenderer(progress, process);
  try {
    for await (const event of task) renderer.event(event);
  } finally {
    await renderer.close();
  }
  const { status } = (await task.result).finished;
  signals.signal.throwIfAborted();
  process.exitCode = EXIT[status];
  return status === 'success';
}
