import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ifExists } from '../../files/fs-errors.js';

/** Other machines may work in the same folder, with process numbers of their own. */
const ABANDONED_MS = 10 * 60_000;

/** What unbundling creates its temporary folders next to. */
export const UNBUNDLING = 'etude-unbundle';

/** A new name next to a file or folder, for its replacement. */
export function partFileFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.part`);
}

/** Removes what killed processes have left next to a file or folder, untouched for ten minutes. */
export async function sweepPartFiles(path: string): Promise<void> {
  for (const left of await leftPartFiles(path)) await rm(left, { recursive: true, force: true });
}

/** What such processes have left behind. */
export async function leftPartFiles(path: string): Promise<string[]> {
  const [folder, start] = [dirname(path), `.${basename(path)}.`];
  const names = (await ifExists(readdir(folder))) ?? [];
  const left: string[] = [];
  for (const name of names.filter((one) => one.startsWith(start))) {
    const pid = /^(\d+)-[0-9a-f]{8}\.part$/.exec(name.slice(start.length))?.[1];
    const stats = pid === undefined ? undefined : await ifExists(stat(join(folder, name)));
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS && !isAlive(Number(pid)))
      left.push(join(folder, name));
  }
  return left;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
