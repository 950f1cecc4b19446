import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './fs-errors.js';

/**
 * As `mkdir -p`. Node's own option for that answers ENOENT instead of most errors (ENOSPC, EROFS, EMFILE),
 * and tries forever where a file system answers ENOENT to every new folder.
 *
 * @param mode of the folders that are made
 * @throws the system's own error
 */
export async function makeFolder(dir: string, mode?: number): Promise<void> {
  try {
    await makeOne(dir, mode);
  } catch (error) {
    const parent = dirname(dir);
    if (codeOf(error) !== 'ENOENT' || parent === dir) throw error;
    await makeFolder(parent, mode);
    await makeOne(dir, mode);
  }
}

async function makeOne(dir: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(dir, mode);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(dir)).isDirectory()) return;
    throw error;
  }
}
