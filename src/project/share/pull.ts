import type { OpenedRecipe } from '../project-types.js';
import { type Fetched, fetchedOf, fetchPlanned, requiredRemote } from './remote.js';

export interface PullOptions {
  /** A remote cache. Default: `ETUDE_REMOTE`. */
  remote?: string;
  /** Stops: what has been pulled stays. */
  signal?: AbortSignal;
  /** Called with the bytes received so far. */
  progress?(bytes: number): void;
}

/** What came from a remote cache. */
export interface Pulled extends Fetched {
  /** Stages whose results neither it nor the cache has. */
  missing: string[];
}

/** See `Recipe.pull`. */
export async function pullResults(recipe: OpenedRecipe, options: PullOptions): Promise<Pulled> {
  const { signal, progress } = options;
  const remote = requiredRemote(options);
  const warn = (text: string) => recipe.project.warn(text);
  const setting = await recipe.setting();
  const { plan, through } = await fetchPlanned(remote, setting, { signal, warn, progress });
  // Only fewer files: what was pulled is there.
  await setting.cache.gather().catch(() => undefined);
  const missing = plan.stages.flatMap(({ type, stage }) => (type === 'hit' ? [] : [stage.id]));
  return { ...fetchedOf(through), missing };
}
