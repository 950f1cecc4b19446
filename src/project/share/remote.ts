import type { DiskCache } from '../../pipeline/cache/open-cache.js';
import { planPipeline } from '../../pipeline/plan/plan-stages.js';
import type { Plan } from '../../pipeline/plan/types.js';
import type { Pipeline } from '../../pipeline/recipe/pipeline.js';
import { REMOTE_KINDS } from '../../pipeline/remote/kinds.js';
import { openRemote } from '../../pipeline/remote/open-remote.js';
import { type ReadThrough, readThrough } from '../../pipeline/remote/read-through.js';
import type { Remote } from '../../pipeline/remote/types.js';
import { EtudeError } from '../../util/errors.js';
import { knownKeys } from './required-keys.js';

export interface RemoteOptions {
  remote?: string;
}

/** The remote cache that was requested on the command line or in `ETUDE_REMOTE`. */
export function remoteOf(options: RemoteOptions, env: NodeJS.ProcessEnv = process.env): Remote | undefined {
  const { ETUDE_REMOTE: variable } = env;
  const chosen = options.remote || variable;
  return chosen ? openRemote(chosen) : undefined;
}

export function requiredRemote(options: RemoteOptions): Remote {
  const remote = remoteOf(options);
  if (remote !== undefined) return remote;
  throw new EtudeError('no remote cache was given', {
    expected: REMOTE_KINDS,
    hint: 'Give one with --remote, or set ETUDE_REMOTE.',
  });
}

/**
 * Fetches what a remote has of a pipeline's results, as far as their fingerprints are known before anything
 * runs.
 */
export async function fetchPlanned(
  remote: Remote,
  at: { pipeline: Pipeline; cache: DiskCache; engineId: string },
  options: { signal?: AbortSignal; warn(text: string): void; progress?(bytes: number): void },
): Promise<{ plan: Plan; through: ReadThrough }> {
  let done = 0;
  const through = readThrough(at.cache, remote, {
    ...options,
    signers: await knownKeys(),
    progress: (bytes) => {
      done += bytes;
      options.progress?.(done);
    },
  });
  const { pipeline, engineId } = at;
  const plan = await planPipeline({ pipeline, cache: through.cache, engineId });
  await at.cache.flush();
  return { plan, through };
}

/** What came from a remote cache, and whether it failed. */
export interface Fetched {
  results: number;
  objects: number;
  bytes: number;
  /** Whether it could not be used, and was not asked again: a warning says why. */
  failed: boolean;
}

export function fetchedOf({ fetched, isOff }: ReadThrough): Fetched {
  return { ...fetched, failed: isOff };
}
