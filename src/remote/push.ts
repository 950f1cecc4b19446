import { createReadStream } from 'node:fs';
import { type ObjectRef, objectsOf } from '../artifact.js';
import type { DiskCache } from '../cache/open-cache.js';
import type { Entry } from '../cache/types.js';
import { EtudeError } from '../errors.js';
import { fetchEntry, inParallel } from './fetch-result.js';
import type { KeyPair } from './keys.js';
import { PATIENCE_MS, patiently } from './patience.js';
import { signatureKey, signEntry } from './signatures.js';
import { entryKey, objectKey, type Remote, type Upload } from './types.js';

export interface PushOptions {
  signal?: AbortSignal;
  /** How long the remote may say nothing. Milliseconds. */
  ms?: number;
  /** Signs the entries, also those that others have pushed, where they are equal. */
  key?: KeyPair;
  /** Told of the bytes that have been sent, of all that must be. */
  progress?(bytes: number, total: number): void;
}

export interface Pushed {
  /** Results that are new on the remote, and those that were there. */
  results: number;
  present: number;
  /** Objects sent. */
  objects: number;
  bytes: number;
}

/**
 * Puts results on a remote: objects that it lacks, then the entries, so that an entry is never there before what it names. What is there is never
 * changed, also where it differs. Whatever ends this leaves whole objects, which the next push does not send again.
 *
 * @throws EtudeError where the remote cannot be used, or holds a wrong entry under one of the keys
 */
export async function push(
  remote: Remote,
  cache: DiskCache,
  entries: readonly Entry[],
  options: PushOptions = {},
): Promise<Pushed> {
  const { signal, ms } = options;
  await patiently((own) => remote.prepare(own), { ms, signal });
  const fresh: Entry[] = [];
  const toSign: Entry[] = [];
  const refs = new Map<string, ObjectRef>();
  await inParallel(entries, signal, async (entry, own) => {
    const there = await fetchEntry(remote, entry.fingerprint, { ms, signal: own });
    if (there === undefined) fresh.push(entry);
    // Another result of the same stage, which came first, stays; of an equal one, objects may have got lost.
    if (there !== undefined && there.artifactDigest !== entry.artifactDigest) return;
    toSign.push(entry);
    for (const ref of objectsOf(entry.artifact)) refs.set(ref.digest, ref);
  });
  const missing: ObjectRef[] = [];
  await inParallel([...refs.values()], signal, async (ref, own) => {
    const size = await patiently((each) => remote.has(objectKey(ref.digest), each), { ms, signal: own });
    if (size !== ref.size) missing.push(ref);
  });
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  let sent = 0;
  let objects = 0;
  await inParallel(missing, signal, async (ref, own) => {
    // Hashed before it is sent, where it was not since it was written.
    const path = await cache.objects.pathOf(ref);
    const pieces = () => createReadStream(path, { highWaterMark: 1 << 20 });
    const upload = { size: ref.size, pieces: () => counted(pieces()) };
    if ((await send(remote, objectKey(ref.digest), upload, { ms, signal: own })) === 'stored') objects++;
  });
  let results = 0;
  await inParallel(fresh, signal, async (entry, own) => {
    const bytes = Buffer.from(`${JSON.stringify(entry, null, 1)}\n`);
    const upload = { size: bytes.length, pieces: () => once(bytes) };
    if ((await send(remote, entryKey(entry.fingerprint), upload, { ms, signal: own })) === 'stored')
      results++;
  });
  const { key } = options;
  if (key !== undefined) {
    await inParallel(toSign, signal, async (entry, own) => {
      const bytes = signEntry(entry, key);
      const place = signatureKey(entry.fingerprint, key.id);
      await send(remote, place, { size: bytes.length, pieces: () => once(bytes) }, { ms, signal: own });
    });
  }
  return { results, present: entries.length - results, objects, bytes: sent };

  async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield bytes;
  }

  async function* counted(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      yield piece;
      sent += piece.byteLength;
      options.progress?.(sent, total);
    }
  }
}

/** Sends one file; the remote has its time anew with every piece that it takes. */
async function send(
  remote: Remote,
  key: string,
  upload: Upload,
  { ms = PATIENCE_MS, signal }: { ms?: number; signal: AbortSignal },
): Promise<'stored' | 'present'> {
  const own = new AbortController();
  const stalled = () => own.abort(new EtudeError(`the remote cache took nothing for ${ms / 1000} s`));
  let timer = setTimeout(stalled, ms);
  const watched = async function* () {
    for await (const piece of upload.pieces()) {
      clearTimeout(timer);
      timer = setTimeout(stalled, ms);
      yield piece;
    }
  };
  try {
    const all = AbortSignal.any([own.signal, signal]);
    return await patiently(() => remote.put(key, { size: upload.size, pieces: watched }, all), {
      ms: 2 ** 31 - 1,
      signal: all,
    });
  } finally {
    clearTimeout(timer);
  }
}
