import { type ObjectRef, objectsOf } from '../../stage/artifact.js';
import type { DiskCache } from './open-cache.js';
import type { Entry } from './types.js';

/**
 * Copies what was computed outside the cache into it, including finished chunks, unless it already has a
 * result computed here. A result from elsewhere is replaced.
 */
export async function absorb(from: DiskCache, into: DiskCache, entries: Iterable<Entry>): Promise<void> {
  const bring = async (objects: readonly ObjectRef[]) => {
    for (const ref of objects) await into.objects.takeFrom(from.objects, ref);
  };
  for (const entry of entries) {
    const there = await into.lookup(entry.fingerprint);
    if (there.type === 'hit' && there.entry.provenance === undefined) continue;
    await bring(objectsOf(entry.artifact));
    await into.commit(entry);
  }
  for (const stored of await from.chunks.all()) {
    const key = from.chunks.keyOf(stored);
    const chunk = await from.chunks.get(key);
    if (chunk === undefined || (await into.chunks.get(key)) !== undefined) continue;
    await bring(stored.objects);
    await into.chunks.set(key, chunk);
  }
}
