import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { objectsOf } from '../artifact.js';
import { ifExists } from '../cache/fs-errors.js';
import { type DiskCache, openCache } from '../cache/open-cache.js';
import type { Entry } from '../cache/types.js';

/**
 * What bundles brought lies in `quarantine/<id>/` of a cache: each a cache of its own, that no run looks into and garbage collection
 * leaves alone.
 */
export function quarantineFolder(cacheDir: string, id: string): string {
  return join(cacheDir, 'quarantine', id);
}

/** The quarantined caches of a cache folder. */
export async function quarantines(cacheDir: string): Promise<DiskCache[]> {
  const names = (await ifExists(readdir(join(cacheDir, 'quarantine')))) ?? [];
  return Promise.all(
    names
      .filter((name) => /^[0-9a-f]{16}$/.test(name))
      .map((name) => openCache(quarantineFolder(cacheDir, name))),
  );
}

export interface Admitted {
  /** Entries that are now in the cache. */
  entries: Entry[];
  /** Of these, what the cache had not had before. Bytes. */
  bytes: number;
}

/**
 * Takes results from quarantine into the cache: all, or those of `only`. Results that the cache has computed itself stay as they are. Every
 * object is hashed on its way. A quarantine with nothing left to take goes.
 */
export async function admit(
  cache: DiskCache,
  quarantine: DiskCache,
  only?: ReadonlySet<string>,
): Promise<Admitted> {
  const admitted: Admitted = { entries: [], bytes: 0 };
  let left = 0;
  for (const { entry } of await quarantine.entries.all()) {
    if ((await cache.lookup(entry.fingerprint)).type === 'hit') continue;
    if (only !== undefined && !only.has(entry.fingerprint)) {
      left++;
      continue;
    }
    for (const ref of objectsOf(entry.artifact)) {
      if ((await cache.objects.check(ref)) === undefined) continue;
      await cache.objects.putFile(await quarantine.objects.pathOf(ref));
      admitted.bytes += ref.size;
    }
    await cache.commit(entry);
    admitted.entries.push(entry);
  }
  for (const stored of await quarantine.chunks.all()) {
    const key = quarantine.chunks.keyOf(stored);
    if ((await cache.chunks.get(key)) !== undefined) continue;
    const chunk = await quarantine.chunks.get(key);
    const whole = chunk && Object.values(chunk.columns).every((ref) => cache.objects.has(ref));
    if (whole) await cache.chunks.set(key, chunk);
  }
  await cache.flush();
  if (left === 0) await rm(quarantine.dir, { recursive: true, force: true });
  return admitted;
}
