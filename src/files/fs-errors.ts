import { whatIsFull } from '../util/disk-full.js';
import { EtudeError } from '../util/errors.js';

/** The system's code of a failed file operation (`ENOENT`, …). */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/**
 * `undefined` instead of ENOENT: for files that may legitimately be absent. A link to itself counts as
 * absent, too.
 */
export async function ifExists<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** The same for synchronous calls. */
export function ifExistsNow<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** A failed write in the cache folder, as an error that the user can fix. */
export function writeError(error: unknown, folder: string): unknown {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new EtudeError(whatIsFull(folder), {
        where: { file: folder },
        hint: 'Free some space (`etude gc` shows what the cache can free) and run again: finished work is kept.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new EtudeError('the cache folder is not writable', {
        where: { file: folder },
        hint: 'Fix its permissions, or choose another with --cache-dir or ETUDE_CACHE_DIR.',
        cause: error,
      });
    default:
      return error;
  }
}
