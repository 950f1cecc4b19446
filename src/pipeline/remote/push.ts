import { type ObjectRef, objectsOf } from '../../stage/artifact.js';
import { formatEntry } from '../cache/foreign-entry.js';
import type { DiskCache } from '../cache/open-cache.js';
import { SMALL } from '../cache/packs/pack-file.js';
import type { Entry } from '../cache/types.js';
import { diskUpload } from './disk-upload.js';
import { fetchEntry, inParallel } from './fetch-result.js';
import type { KeyPair } from './keys.js';
import { signatureKey, signEntry } from './signatures.js';
import { uploadOf } from './small-files.js';
import { withTimeout } from './timeouts.js';
import { entryKey, objectKey, type PutOptions, type Remote, type Upload } from './types.js';

export interface PushOptions {
  signal?: AbortSignal;
  /** How long the remote may be silent. Milliseconds. */
  ms?: number;
  /** Signs the entries that were computed here, including equal ones that others have pushed. */
  key?: KeyPair;
  /** Called with the bytes sent so far, out of all bytes of the results; some may already be there. */
  progress?(bytes: number, total: number): void;
}

export interface Pushed {
  /** Results that are new on the remote, and those that were already there. */
  results: number;
  present: number;
  /** Objects sent. */
  objects: number;
  bytes: number;
}

/**
 * Puts results on a remote: objects that it lacks, then the entries, so that an entry never exists before
 * what it references. Existing files are never changed, even if they differ. An interruption leaves complete
 * objects, which the next push does not send again.
 *
 * @throws EtudeError if the remote cannot be used, or has a wrong entry under one of the keys
 */
export async function push(
  remote: Remote,
  cache: DiskCache,
  entries: readonly Entry[],
  options: PushOptions = {},
): Promise<Pushed> {
  const { signal, ms } = options;
  await withTimeout((own) => remote.prepare(own), { ms, signal });
  const fresh: Entry[] = [];
  const toSign: Entry[] = [];
  const refs = new Map<string, ObjectRef>();
  await inParallel(entries, signal, async (entry, own) => {
    const there = await fetchEntry(remote, entry.fingerprint, { ms, signal: own });
    if (there === undefined) fresh.push(entry);
    // Another result of the same stage that came first stays; an equal one may have lost objects.
    if (there !== undefined && there.artifactDigest !== entry.artifactDigest) return;
    // The signer vouches for it: what came from elsewhere was not computed here.
    if (entry.provenance === undefined) toSign.push(entry);
    for (const ref of objectsOf(entry.artifact)) refs.set(ref.digest, ref);
  });
  const total = [...refs.values()].reduce((sum, { size }) => sum + size, 0);
  let sent = 0;
  const reporting = {
    ...options,
    progress: (bytes: number) => {
      sent += bytes;
      options.progress?.(sent, total);
    },
  };
  const uploads = [...refs.values()].map((ref) => [objectKey(ref.digest), objectUpload(cache, ref)] as const);
  const objects = await remote.putMany(new Map(uploads), reporting);
  const texts = fresh.map((entry) => [entryKey(entry.fingerprint), Buffer.from(formatEntry(entry))] as const);
  const results = await putBytes(remote, texts, { signal, ms });
  const { key } = options;
  if (key !== undefined) {
    const signatures = toSign.map(
      (entry) => [signatureKey(entry.fingerprint, key.id), signEntry(entry, key)] as const,
    );
    await putBytes(remote, signatures, { signal, ms });
  }
  return { results, present: entries.length - results, objects, bytes: sent };
}

/** An object of a cache, to be stored elsewhere. */
export function objectUpload(cache: Pick<DiskCache, 'objects'>, ref: ObjectRef): Upload {
  return {
    size: ref.size,
    async *pieces(start = 0, end = ref.size) {
      if (ref.size <= SMALL) return yield (await cache.objects.read(ref)).subarray(start, end);
      // Hashed before it is sent, unless it was since it was written.
      yield* diskUpload(await cache.objects.pathOf(ref), ref.size).pieces(start, end);
    },
  };
}

/** Stores short files. */
export function putBytes(
  remote: Remote,
  files: readonly (readonly [key: string, bytes: Buffer])[],
  options: PutOptions,
): Promise<number> {
  return remote.putMany(new Map(files.map(([key, bytes]) => [key, uploadOf(bytes)])), options);
}
