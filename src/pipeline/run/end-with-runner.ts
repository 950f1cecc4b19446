import { isBuiltIn } from '../../stage/find-stage-type.js';
import { endWithParent } from '../../util/end-with-parent.js';
import type { StageTask } from './stage-task.js';

/** As long as `endWithParent` may take to notice. */
const SHORT_MS = 1000;

/**
 * `endWithParent` while a stage is computed, once it takes long, for starting its thread takes a tenth of
 * what a short stage does. Code of the user's, which may never yield, is watched by a thread that does the
 * same from the beginning (`watchModules`). Does nothing in a process that no runner started.
 *
 * @returns To be called when the stage is done; resolves once nothing of this is on its way.
 */
export function endWithRunner({
  module,
  modules,
}: Pick<StageTask, 'module' | 'modules'>): () => Promise<void> {
  let started: Promise<void> | undefined;
  const start = () => {
    started = endWithParent();
  };
  const isOwn = !isBuiltIn(module) || modules !== undefined;
  const timer = isOwn || !process.connected ? undefined : setTimeout(start, SHORT_MS).unref();
  return async () => {
    clearTimeout(timer);
    await started;
  };
}
