import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What was cleared away after the failure may have freed some. */
const FEW_INODES = 8;

/**
 * What a file system is out of that answered ENOSPC: room for bytes, or inodes for further files, of which
 * many file systems have a fixed number.
 *
 * @param path what could not be written; it need not be there
 */
export function whatIsFull(path: string | undefined): 'disk full' | 'no inodes left on the file system' {
  if (path === undefined) return 'disk full';
  let folder = resolve(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    const { files, ffree } = statfsSync(folder);
    // File systems that make inodes as they need them report that they have none at all.
    return files > 0 && ffree <= FEW_INODES ? 'no inodes left on the file system' : 'disk full';
  } catch {
    return 'disk full';
  }
}
