import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../files/make-folder.js';
import { EtudeError } from '../util/errors.js';
import { count } from '../util/words.js';
import { blobHash, hashFile } from './blob-digest.js';
import { cacheError } from './cache-error.js';
import { HubError, statusError } from './hub-error.js';
import { describeRepository, fileUrl, type RepositoryId } from './repository-id.js';
import { chunksOf, get } from './request.js';
import { retrying } from './retry.js';
import type { HubSettings } from './settings.js';

/** What to download, and where to. */
export interface BlobDownload {
  repository: RepositoryId;
  commit: string;
  file: string;
  etag: string;
  size: number;
  /** The blob's path in the cache. */
  path: string;
}

export interface DownloadOptions {
  signal?: AbortSignal;
  /** Called with the number of bytes that have arrived. */
  onBytes?(done: number): void;
  onRetry?(text: string): void;
}

/** Bytes whose digest is not the announced one. */
class WrongBytes extends Error {}

/**
 * Downloads a blob into the cache. A Range request resumes an interrupted download, and the digest is checked
 * before a rename makes the blob visible. Bytes with a wrong digest are discarded and fetched once more;
 * after that it fails with an EtudeError.
 */
export async function downloadBlob(
  blob: BlobDownload,
  settings: HubSettings,
  options: DownloadOptions = {},
): Promise<void> {
  // Named as in huggingface_hub, with a word instead of a random part, so that the next process finds it.
  const partial = `${blob.path}.etude.incomplete`;
  await makeFolder(dirname(partial));
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchInto(partial, blob, settings, options);
      await rename(partial, blob.path);
      return;
    } catch (error) {
      if (!(error instanceof WrongBytes))
        throw cacheError(error, settings, `'${blob.file}' has ${count(blob.size, 'byte')}`);
      await rm(partial, { force: true });
      if (attempt < 2) continue;
      throw new EtudeError(`'${blob.file}' of ${describeRepository(blob.repository)} arrived corrupted`, {
        expected: `digest ${blob.etag}`,
        got: error.message,
        hint: 'It was downloaded twice. A proxy or mirror may be altering it; nothing was kept.',
      });
    }
  }
}

async function fetchInto(
  partial: string,
  blob: BlobDownload,
  settings: HubSettings,
  options: DownloadOptions,
): Promise<void> {
  let done = (await stat(partial).catch(() => undefined))?.size ?? 0;
  if (done > blob.size) done = 0;
  const file = await open(partial, done === 0 ? 'w' : 'r+');
  try {
    let hash = blobHash(blob.etag, blob.size);
    done = await hashFile(partial, hash, done);
    const restart = () => {
      hash = blobHash(blob.etag, blob.size);
      done = 0;
    };
    options.onBytes?.(done);
    await retrying(
      async () => {
        if (done === blob.size) return;
        for await (const chunk of rest(blob, done, settings, options.signal, restart)) {
          if (done + chunk.byteLength > blob.size)
            throw new WrongBytes(`more than ${count(blob.size, 'byte')}`);
          await writeAll(file, chunk, done);
          hash.update(chunk);
          done += chunk.byteLength;
          options.onBytes?.(done);
        }
        if (done < blob.size)
          throw new HubError('the connection was lost', {
            got: `${done} of ${count(blob.size, 'byte')}`,
            transient: true,
          });
      },
      {
        attempts: 5,
        backoffMs: settings.backoffMs,
        signal: options.signal,
        onRetry: options.onRetry,
        progress: () => done,
      },
    );
    await file.truncate(blob.size);
    const digest = hash.digest('hex');
    if (digest !== blob.etag) throw new WrongBytes(`digest ${digest}`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The bytes of a file from `start`; `restart` is called if the server sends all of them instead. */
async function* rest(
  { repository, commit, file, size }: BlobDownload,
  start: number,
  settings: HubSettings,
  signal: AbortSignal | undefined,
  restart: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const url = fileUrl(settings.endpoint, repository, commit, file);
  const headers: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
  const response = await get(url, settings, { headers, signal });
  if (response.status === 416) {
    await response.body?.cancel();
    throw new WrongBytes(`less than ${count(start, 'byte')}`);
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw statusError(response, repository, settings, { revision: commit, file });
  }
  if (start > 0 && response.headers.get('content-range')?.startsWith(`bytes ${start}-`) !== true) restart();
  // An answer that announces a different size is of another file, and need not be read.
  const total = Number(
    response.headers.get('content-range')?.split('/')[1] ?? response.headers.get('content-length') ?? size,
  );
  if (Number.isFinite(total) && total !== size) {
    await response.body?.cancel();
    throw new WrongBytes(`${count(total, 'byte')}, not ${size}`);
  }
  yield* chunksOf(response, settings, signal);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.byteLength - at, position + at);
    at += bytesWritten;
  }
}
