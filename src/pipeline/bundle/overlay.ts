import type { ObjectRef } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import type { DiskCache } from '../cache/open-cache.js';
import type { Cache, Entry } from '../cache/types.js';
import { withLookup } from '../cache/with-lookup.js';

/**
 * A cache for planning and verifying, in which results in quarantine are hits, too, after the cache's own.
 * `found` collects what came from there, and from where. Nothing is written to a quarantine.
 */
export function withQuarantine(
  cache: DiskCache,
  quarantines: readonly DiskCache[],
  found: Map<string, { entry: Entry; from: DiskCache }>,
): Cache {
  const lookup: Cache['lookup'] = async (fingerprint, options) => {
    const own = await cache.lookup(fingerprint, options);
    if (own.type === 'hit') return own;
    for (const from of quarantines) {
      const other = await from.lookup(fingerprint, { verify: true });
      if (other.type !== 'hit') continue;
      found.set(fingerprint, { entry: other.entry, from });
      return other;
    }
    return own;
  };
  const holder = async (ref: ObjectRef): Promise<Objects> => {
    for (const each of [cache, ...quarantines])
      if ((await each.objects.check(ref)) === undefined) return each.objects;
    return cache.objects;
  };
  return withLookup(cache, lookup, {
    put: (bytes) => cache.objects.put(bytes),
    putFile: (path) => cache.objects.putFile(path),
    read: async (ref) => (await holder(ref)).read(ref),
    pathOf: async (ref) => (await holder(ref)).pathOf(ref),
  });
}
