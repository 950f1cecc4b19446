import { EtudeError } from '../../util/errors.js';
import type { DiskCache } from '../cache/open-cache.js';
import type { Cache, Lookup } from '../cache/types.js';
import { withLookup } from '../cache/with-lookup.js';
import type { FetchOptions } from './fetch-options.js';
import { fetchResult, RefusedError } from './fetch-result.js';
import type { Remote } from './types.js';

export interface ReadThrough {
  /** Hits include what the remote has, which is then fetched. */
  readonly cache: Cache;
  /** What came from the remote so far. */
  readonly fetched: { results: number; objects: number; bytes: number };
  /** True once the remote could not be used; it is not asked again then. */
  readonly isOff: boolean;
}

export interface ReadThroughOptions extends FetchOptions {
  /** Called once if the remote cannot be used, and for every entry that was refused. */
  warn(text: string): void;
}

/**
 * Looks up in a remote what a cache lacks. A remote can only make a run faster: if it fails, is slow or gives
 * wrong bytes, the lookup is a miss. A result is fetched and checked completely before it is a hit.
 */
export function readThrough(cache: DiskCache, remote: Remote, options: ReadThroughOptions): ReadThrough {
  const fetched = { results: 0, objects: 0, bytes: 0 };
  const refused = new Set<string>();
  const under = new Map<string, Promise<Lookup | undefined>>();
  let isOff = false;

  const bring = async (fingerprint: string): Promise<Lookup | undefined> => {
    if (isOff || refused.has(fingerprint)) return undefined;
    try {
      const result = await fetchResult(remote, cache, fingerprint, options);
      if (result === undefined) return undefined;
      fetched.results++;
      fetched.objects += result.objects;
      fetched.bytes += result.bytes;
      return { type: 'hit', entry: result.entry };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof RefusedError) {
        refused.add(fingerprint);
        options.warn(error.describe());
        return undefined;
      }
      if (!isOff) options.warn(`continuing without the remote cache ${remote.name}: ${shortly(error)}`);
      isOff = true;
      return undefined;
    }
  };
  return {
    fetched,
    get isOff() {
      return isOff;
    },
    cache: withLookup(cache, async (fingerprint, request) => {
      const own = await cache.lookup(fingerprint, request);
      if (own.type === 'hit') return own;
      let bringing = under.get(fingerprint);
      if (bringing === undefined) {
        bringing = bring(fingerprint).finally(() => under.delete(fingerprint));
        under.set(fingerprint, bringing);
      }
      return (await bringing) ?? own;
    }),
  };
}

function shortly(error: unknown): string {
  if (error instanceof EtudeError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
