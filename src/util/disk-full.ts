import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Cleaning up after the failure may have freed a few. */
const FEW_INODES = 8;

/**
 * Which resource a file system that answered ENOSPC has run out of: bytes, or inodes, of which many file
 * systems have a fixed number.
 *
 * @param path what could not be written; it need not exist
 */
export function whatIsFull(path: string | undefined): 'disk full' | 'no inodes left on the file system' {
  if (path === undefined) return 'disk full';
  let folder = resolve(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    const { files, ffree } = statfsSync(folder);
    // File systems that allocate inodes on demand report a total of 0.
    return files > 0 && ffree <= FEW_INODES ? 'no inodes left on the file system' : 'disk full';
  } catch {
    return 'disk full';
  }
}
