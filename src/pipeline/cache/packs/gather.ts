import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ifExistsNow } from '../../../files/fs-errors.js';
import type { Locks } from '../../../files/process-locks.js';
import { readShortSync } from '../../../files/regular-file.js';
import type { StatMemo } from '../stat-memo.js';
import { isIntact, SMALL, type SmallFile } from './pack-file.js';
import { PACKS_LOCK, type Pack, type Packs } from './packs.js';

/** How the columns of datasets begin. */
const COLUMNS = Buffer.from('ARROW1');

/** A pack is full with this much. Bytes. */
const FULL = 32 * 1024 * 1024;

/** Half empty packs are put together once there are this many. */
const MANY = 8;

/** Locks of processes that need no paths: this one, and one that writes what it learnt. */
const IGNORED = new Set([PACKS_LOCK, 'known']);

/** What is needed of a cache folder. */
interface Folder {
  dir: string;
  locks: Locks;
  packs: Packs;
  verified: StatMemo<1>;
}

/**
 * Puts small files of the cache together into a few large ones: many thousands of files take long to copy, to
 * back up and to delete. Each is removed only when it is in a pack, and while no other process may have its
 * path. What is damaged, or in use by another version of itself, stays where it is.
 *
 * @param worth fewer files are left where they are
 */
export async function gatherSmallFiles(cache: Folder, worth: number): Promise<void> {
  const isAlone = async () => (await cache.locks.living()).every(({ key }) => IGNORED.has(key));
  const loose = smallFiles(cache.dir);
  const packs = cache.packs.all();
  const broken = packs.filter((pack) => !cache.packs.isWhole(pack));
  if ((loose.length < worth && broken.length === 0) || !(await isAlone())) return;
  const lock = await cache.locks.take(PACKS_LOCK, { runId: 'gather' });
  try {
    const small = packs.filter((pack) => sizeOf(pack) < FULL / 2);
    const replaced = new Set([...broken, ...(small.length < MANY ? [] : small)]);
    const inPacks: string[] = [];
    let files: SmallFile[] = [];
    let bytes = 0;
    const written = new Set<string>();
    const write = async () => {
      if (files.length > 0) written.add(await cache.packs.add(files));
      [files, bytes] = [[], 0];
    };
    const put = async (file: SmallFile) => {
      files.push(file);
      bytes += file.bytes.byteLength;
      if (bytes >= FULL) await write();
    };
    for (const pack of replaced) for (const file of cache.packs.intactFiles(pack)) await put(file);
    for (const path of loose) {
      const file = readSmall(cache.dir, path);
      if (file === undefined) continue;
      const there = cache.packs.find(path) && cache.packs.read(path);
      if (there !== undefined && !there.equals(file.bytes)) continue;
      inPacks.push(path);
      if (there === undefined) await put(file);
    }
    await write();
    // One that only had too many bytes was replaced by what it was written as, under its own name.
    for (const { name } of replaced) if (!written.has(name)) await cache.packs.drop(name);
    // Whoever began before the packs were there may be about to open one of these.
    if (await isAlone()) for (const path of inPacks) remove(cache, path);
  } finally {
    await lock.release();
  }
}

function sizeOf({ files }: Pack): number {
  return [...files.values()].reduce((sum, { size }) => sum + size, 0);
}

/** Paths of objects that are small and of records of chunks and of how objects are made. */
function smallFiles(dir: string): string[] {
  const below = (folder: string) => ifExistsNow(() => readdirSync(join(dir, folder))) ?? [];
  const isSmall = (path: string) => {
    const stats = ifExistsNow(() => statSync(join(dir, path), { throwIfNoEntry: false }));
    return stats?.isFile() === true && stats.size <= SMALL;
  };
  return ['objects', 'chunks', 'derived'].flatMap((kind) =>
    below(kind).flatMap((folder) =>
      below(`${kind}/${folder}`)
        .map((name) => `${kind}/${folder}/${name}`)
        .filter(isSmall),
    ),
  );
}

function readSmall(dir: string, path: string): SmallFile | undefined {
  const bytes = ifExistsNow(() => readShortSync(join(dir, path)));
  return bytes !== undefined && isFit(path, bytes) && isIntact(path, bytes) ? { path, bytes } : undefined;
}

/**
 * Files of models stay where they are: what uses a model holds no lock while it opens them. So does what a
 * computation kept to be continued, which is removed by when it was itself last used.
 */
function isFit(path: string, bytes: Buffer): boolean {
  if (path.startsWith('objects/')) return bytes.subarray(0, COLUMNS.length).equals(COLUMNS);
  return path.startsWith('derived/') || !bytes.includes('"rows":0,');
}

function remove(cache: Folder, path: string): void {
  rmSync(join(cache.dir, path), { force: true });
  const [kind, ...digest] = path.split('/');
  if (kind === 'objects') cache.verified.delete(digest.join(''));
}
