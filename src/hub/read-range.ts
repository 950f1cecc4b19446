import PQueue from 'p-queue';
import { count } from '../util/words.js';
import { HubError, offlineError, statusError } from './hub-error.js';
import { fileUrl, type RepositoryId } from './repository-id.js';
import { chunksOf, get } from './request.js';
import { retrying } from './retry.js';
import type { HubSettings } from './settings.js';

/** A dataset may have hundreds of files, whose footers are all requested at once. */
const queue = new PQueue({ concurrency: 8 });

/** Bytes `[start, end)` of a file on the Hub, by a Range request; nothing is kept. */
export async function readRange(
  repository: RepositoryId,
  commit: string,
  file: string,
  [start, end]: readonly [number, number],
  settings: HubSettings,
): Promise<Uint8Array> {
  if (settings.offline) throw offlineError(repository, `'${file}'`, settings);
  const url = fileUrl(settings.endpoint, repository, commit, file);
  const options = { attempts: 4, backoffMs: settings.backoffMs };
  const ask = async () => {
    const response = await get(url, settings, { headers: { range: `bytes=${start}-${end - 1}` } });
    if (!response.ok) {
      await response.body?.cancel();
      throw statusError(response, repository, settings, { revision: commit, file });
    }
    // A server that does not support ranges begins at the file's first byte.
    const first = response.status === 206 ? start : 0;
    const bytes = new Uint8Array(end - start);
    let at = first;
    for await (const chunk of chunksOf(response, settings)) {
      const from = Math.max(start - at, 0);
      const part = chunk.subarray(from, Math.max(from, end - at));
      if (part.byteLength > 0) bytes.set(part, at + from - start);
      at += chunk.byteLength;
      if (at >= end) break;
    }
    if (at < end)
      throw new HubError('the connection was lost', { got: count(at - first, 'byte'), transient: true });
    return bytes;
  };
  return queue.add(() => retrying(ask, options));
}
