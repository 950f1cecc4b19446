import { type BigIntStats, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../files/fs-errors.js';
import { EtudeError } from '../../util/errors.js';

/** `undefined` if there is no file. */
export function statOf(path: string): BigIntStats | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats?.isFile() ? stats : undefined;
  } catch (error) {
    if (codeOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/**
 * The path of an object. Refuses anything but a digest: names come from files that others may have written.
 */
export function objectPath(dir: string, digest: string): string {
  if (!/^[0-9a-f]{64}$/.test(digest))
    throw new EtudeError('not an object name', { expected: 'a SHA-256', got: String(digest) });
  return join(dir, digest.slice(0, 2), digest.slice(2));
}
