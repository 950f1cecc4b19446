import type { Lock } from '../../files/process-locks.js';
import { EtudeError } from '../../util/errors.js';
import type { Cache } from './types.js';

/**
 * Shows that a process works in the cache, by a lock that it holds to the end: garbage collection keeps
 * whatever was made or used since the oldest living lock was taken, and small files stay where they are. In a
 * read-only cache there is neither, and no lock.
 *
 * @param name the lock's
 */
export async function showPresence(cache: Pick<Cache, 'lock'>, name: string): Promise<Lock | undefined> {
  try {
    return await cache.lock(name, { runId: name });
  } catch (error) {
    if (error instanceof EtudeError) return undefined;
    throw error;
  }
}
