import type { Cache } from './types.js';

/**
 * A cache that looks up fingerprints (and finds objects) in its own way, and otherwise behaves like the given
 * one.
 */
export function withLookup(cache: Cache, lookup: Cache['lookup'], objects = cache.objects): Cache {
  return {
    dir: cache.dir,
    objects,
    chunks: cache.chunks,
    modules: cache.modules,
    closures: cache.closures,
    code: cache.code,
    lookup,
    entriesOf: (uses) => cache.entriesOf(uses),
    digestFile: (path) => cache.digestFile(path),
    flush: () => cache.flush(),
    storedBytes: () => cache.storedBytes(),
    gather: () => cache.gather(),
    clearDerived: () => cache.clearDerived(),
    commit: (entry) => cache.commit(entry),
    repair: (objects) => cache.repair(objects),
    lock: (...request) => cache.lock(...request),
    scratch: (fingerprint) => cache.scratch(fingerprint),
    removeScratch: (fingerprint) => cache.removeScratch(fingerprint),
  };
}
