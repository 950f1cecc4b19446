import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ifExists } from '../../files/fs-errors.js';
import { objectsOf } from '../../stage/artifact.js';
import { type DiskCache, openCache } from '../cache/open-cache.js';
import type { Entry, Provenance } from '../cache/types.js';

/**
 * The results of bundles are in `quarantine/<id>/` of a cache: each is a separate cache, which no run looks
 * into and garbage collection leaves alone.
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

/** The id of a quarantine, which is derived from the bundle's contents. */
export function quarantineId(quarantine: DiskCache): string {
  return basename(quarantine.dir);
}

/**
 * Moves results from quarantine into the cache: all, or those of `only`, each if it is still the entry that
 * was checked. They remember that they came from a bundle. Results that the cache already has are unchanged.
 * Every object is hashed on the way. Nothing else from a bundle ever gets into the cache. An empty quarantine
 * is removed.
 *
 * @returns the entries that are now in the cache
 */
export async function admit(
  cache: DiskCache,
  quarantine: DiskCache,
  only?: readonly Entry[],
): Promise<Entry[]> {
  const wanted = only && new Map(only.map((entry) => [entry.fingerprint, entry.artifactDigest]));
  const provenance: Provenance = { type: 'bundle', name: quarantineId(quarantine) };
  const admitted: Entry[] = [];
  let left = 0;
  for (const { entry: stored } of await quarantine.entries.all()) {
    const { fingerprint } = stored;
    if ((await cache.lookup(fingerprint)).type === 'hit') continue;
    const found = await quarantine.lookup(fingerprint);
    if (found.type !== 'hit') continue;
    const { entry } = found;
    if (wanted !== undefined && wanted.get(fingerprint) !== entry.artifactDigest) {
      left++;
      continue;
    }
    for (const ref of objectsOf(entry.artifact)) {
      if ((await cache.objects.check(ref)) === undefined) continue;
      await cache.objects.putFile(await quarantine.objects.pathOf(ref));
    }
    const own: Entry = { ...entry, provenance };
    await cache.commit(own);
    admitted.push(own);
  }
  await cache.flush();
  if (left === 0) await rm(quarantine.dir, { recursive: true, force: true });
  return admitted;
}
