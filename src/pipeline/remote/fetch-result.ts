import PQueue from 'p-queue';
import { type ObjectRef, objectsOf } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { foreignEntry, LARGEST_ENTRY } from '../cache/foreign-entry.js';
import type { DiskCache } from '../cache/open-cache.js';
import type { Entry } from '../cache/types.js';
import type { FetchOptions } from './fetch-options.js';
import { signatureOf } from './signatures.js';
import { collect } from './small-files.js';
import { piecesWithTimeout, withTimeout } from './timeouts.js';
import { entryKey, objectKey, type Remote } from './types.js';

/** Objects in transit at the same time. */
export const AT_ONCE = 8;

/** What was fetched for a result; objects that the cache had are not counted. */
export interface Fetched {
  entry: Entry;
  objects: number;
  bytes: number;
}

/** What a remote returned does not match its key: it is not used, but the rest of the remote may be. */
export class RefusedError extends EtudeError {}

/**
 * Fetches a result from a remote into the cache: the entry, if it belongs to its fingerprint, and the objects
 * that are missing here. The entry becomes visible last, so that an interruption leaves only finished
 * objects, which are not fetched again.
 *
 * @returns `undefined` if the remote has no such entry
 * @throws RefusedError for wrong bytes, other EtudeErrors if the remote cannot be used
 */
export async function fetchResult(
  remote: Remote,
  cache: DiskCache,
  fingerprint: string,
  options: FetchOptions = {},
): Promise<Fetched | undefined> {
  const entry = await fetchEntry(remote, fingerprint, options);
  if (entry === undefined) return undefined;
  const signature = await signatureOf(remote, entry, options.signers ?? [], options);
  entry.provenance = {
    type: 'remote',
    name: remote.name,
    ...(signature !== undefined && { signatures: [signature] }),
  };
  const refused = cache.refusal(entry);
  if (refused !== undefined)
    throw new RefusedError(refused, { where: { file: `${remote.name}/${entryKey(fingerprint)}` } });
  const fetched = await fetchObjects(remote, cache, objectsOf(entry.artifact), options);
  await cache.commit(entry);
  return { entry, ...fetched };
}

/** Fetches the objects that the cache lacks. */
export async function fetchObjects(
  remote: Remote,
  cache: Pick<DiskCache, 'objects'>,
  refs: readonly ObjectRef[],
  options: FetchOptions = {},
): Promise<Omit<Fetched, 'entry'>> {
  const missing = new Map<string, ObjectRef>();
  for (const ref of refs) if ((await cache.objects.check(ref)) !== undefined) missing.set(ref.digest, ref);
  await inParallel([...missing.values()], options.signal, (ref, signal) =>
    fetchObject(remote, cache, ref, { ...options, signal }),
  );
  const bytes = [...missing.values()].reduce((total, { size }) => total + size, 0);
  return { objects: missing.size, bytes };
}

/**
 * The entry of a fingerprint on a remote, verified to be its own. Throws a RefusedError for anything else
 * there.
 */
export async function fetchEntry(
  remote: Remote,
  fingerprint: string,
  options: FetchOptions = {},
): Promise<Entry | undefined> {
  const key = entryKey(fingerprint);
  const file = await withTimeout((signal) => remote.get(key, signal), options);
  if (file === undefined) return undefined;
  const refuse = (why: string) =>
    new RefusedError(`the remote cache has an invalid entry, which is not used: ${why}`, {
      where: { file: `${remote.name}/${key}` },
    });
  const bytes = await collect(piecesWithTimeout(file.pieces, options), LARGEST_ENTRY);
  if (bytes === undefined) throw refuse('it is too long');
  try {
    return foreignEntry(bytes.toString('utf8'), fingerprint);
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    const got = error.got === undefined ? '' : ` (got ${error.got})`;
    throw refuse(`${error.message}${got}`);
  }
}

async function fetchObject(
  remote: Remote,
  cache: Pick<DiskCache, 'objects'>,
  ref: ObjectRef,
  options: FetchOptions,
): Promise<void> {
  const key = (options.keyOf ?? objectKey)(ref.digest);
  const refuse = (why: string) =>
    new RefusedError(`the remote cache has an invalid object, which is not used: ${why}`, {
      where: { file: `${remote.name}/${key}` },
    });
  const file = await withTimeout((signal) => remote.get(key, signal), options);
  if (file === undefined) throw refuse('it is missing');
  if (file.size !== ref.size) throw refuse(`it has ${count(file.size, 'byte')} instead of ${ref.size}`);
  const counted = async function* () {
    for await (const piece of piecesWithTimeout(file.pieces, options)) {
      options.progress?.(piece.byteLength);
      yield piece;
    }
  };
  try {
    await cache.objects.receive(ref, counted());
  } catch (error) {
    throw error instanceof Error && 'problem' in error ? refuse(String(error.problem)) : error;
  }
}

/** Processes many items, some at a time; the first failure ends all of it and is thrown. */
export async function inParallel<T>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const own = new AbortController();
  const all = signal === undefined ? own.signal : AbortSignal.any([own.signal, signal]);
  let failure: unknown;
  const tasks = items.map((item) =>
    queue.add(async () => {
      if (all.aborted) return;
      await work(item, all).catch((error: unknown) => {
        failure ??= error;
        own.abort(error);
      });
    }),
  );
  await Promise.all(tasks);
  signal?.throwIfAborted();
  if (failure !== undefined) throw failure;
}
