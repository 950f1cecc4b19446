import { basename, dirname } from 'node:path';
import { type ObjectRef, objectsOf } from '../artifact.js';
import type { DiskCache } from '../cache/open-cache.js';
import type { Entry } from '../cache/types.js';

/** Copies what was computed beside the cache into it, where it has no result of its own yet: finished chunks, too. */
export async function absorb(from: DiskCache, into: DiskCache, entries: Iterable<Entry>): Promise<void> {
  const bring = async (objects: readonly ObjectRef[]) => {
    for (const ref of objects) {
      if (!into.objects.has(ref)) await into.objects.putFile(await from.objects.pathOf(ref));
    }
  };
  for (const entry of entries) {
    if ((await into.lookup(entry.fingerprint)).type === 'hit') continue;
    await bring(objectsOf(entry.artifact));
    await into.commit(entry);
  }
  for (const { path, objects } of await from.chunks.all()) {
    const key = `${basename(dirname(path))}${basename(path, '.json')}`;
    const chunk = await from.chunks.get(key);
    if (chunk === undefined || (await into.chunks.get(key)) !== undefined) continue;
    await bring(objects);
    await into.chunks.set(key, chunk);
  }
}
