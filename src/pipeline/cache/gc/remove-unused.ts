import { lstat, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../../files/fs-errors.js';
import type { TempFiles } from '../../../files/temp-files.js';

/**
 * Removes a file unless it was used since the decision. It is renamed first: if a process used it before
 * that, its time stamp shows it, and it is moved back; a process that comes later finds it gone and makes it
 * again. True if it was removed.
 */
export async function removeUnused(path: string, usedBefore: number, temp: TempFiles): Promise<boolean> {
  const aside = temp.path();
  if ((await ifExists(rename(path, aside).then(() => true))) === undefined) return false;
  const { mtimeMs } = await stat(aside);
  if (mtimeMs >= usedBefore) {
    await rename(aside, path);
    return false;
  }
  await rm(aside, { force: true });
  return true;
}

/** The bytes in a file or folder, and when anything in it last changed. */
export async function measure(path: string): Promise<{ bytes: number; changed: number }> {
  const stats = await ifExists(lstat(path));
  if (stats === undefined) return { bytes: 0, changed: 0 };
  if (!stats.isDirectory()) return { bytes: stats.size, changed: stats.mtimeMs };
  const names = (await ifExists(readdir(path))) ?? [];
  const parts = await Promise.all(names.map((name) => measure(join(path, name))));
  return {
    bytes: parts.reduce((total, part) => total + part.bytes, 0),
    changed: Math.max(stats.mtimeMs, ...parts.map((part) => part.changed)),
  };
}
