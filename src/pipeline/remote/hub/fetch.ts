import { HubError, networkError, notTheHub, statusError } from '../../../hub/hub-error.js';
import type { RepositoryId } from '../../../hub/repository-id.js';
import { chunksOf, send } from '../../../hub/request.js';
import { retrying } from '../../../hub/retry.js';
import type { HubSettings } from '../../../hub/settings.js';
import { collect } from '../small-files.js';
import { watchStalls } from '../stall-watch.js';
import { UploadBlob } from './upload-blob.js';

/** The Hub's answers to commits are never longer. */
const LONGEST_ANSWER = 64 << 20;
/** The Hub takes a while to make a commit of hundreds of files. */
const COMMIT_PATIENCE = 6;

export interface HubFetchOptions {
  repository: RepositoryId;
  settings: HubSettings;
  signal?: AbortSignal;
  /** Called with bytes of objects as they are sent; with a negative number if they must be sent again. */
  progress?(bytes: number): void;
}

/**
 * A `fetch` for the library that writes to the Hub, with what that lacks: the token, whatever its form, is
 * sent only to the endpoint; silence ends in a timeout; temporary failures are retried; and any failure is a
 * HubError, without signed addresses.
 */
export function hubFetch(options: HubFetchOptions): typeof fetch {
  const { repository, settings } = options;
  return async (input, init = {}) => {
    const url = String(input);
    const patience = new URL(url).pathname.includes('/commit/') ? COMMIT_PATIENCE : 1;
    const signals = [options.signal, init.signal].filter((one) => one != null);
    return retrying(() => once(url, init, patience * settings.timeoutMs), {
      attempts: 4,
      backoffMs: settings.backoffMs,
      signal: AbortSignal.any(signals),
    });

    async function once(url: string, { method, headers, body }: RequestInit, ms: number): Promise<Response> {
      const silent = new Error(`no data for ${ms / 1000} s`);
      const watch = watchStalls(ms, () => silent, AbortSignal.any(signals));
      let sent = 0;
      const onRead = (bytes: number) => {
        sent += bytes;
        watch.touch();
        options.progress?.(bytes);
      };
      try {
        const response = await send(url, settings, {
          method,
          headers: plain(headers),
          body: body instanceof UploadBlob ? body.reportingTo(onRead) : (body as string | undefined),
          signal: watch.signal,
          // The stall watch is in charge: it knows whether bytes are still being sent.
          timeoutMs: 2 ** 31 - 1,
        });
        return await whole(response, url);
      } catch (error) {
        options.progress?.(-sent);
        throw error === silent ? networkError(silent, url, settings) : error;
      } finally {
        watch.end();
      }
    }

    /** The answer with its complete body, for which the library would wait forever. */
    async function whole(response: Response, url: string): Promise<Response> {
      if (!response.ok) {
        await response.body?.cancel();
        throw isHome(url) ? statusError(response, repository, settings) : storageError(response.status, url);
      }
      const bytes = await collect(chunksOf(response, settings, options.signal), LONGEST_ANSWER);
      if (bytes === undefined) throw notTheHub(settings);
      const { status, headers } = response;
      return new Response(bytes.length === 0 ? null : bytes, { status, headers });
    }
  };

  function isHome(url: string): boolean {
    return new URL(url).origin === new URL(settings.endpoint).origin;
  }
}

/**
 * The storage of large files is not the Hub itself, and gets no token: its addresses are signed, for a
 * limited time.
 */
function storageError(status: number, url: string): HubError {
  const transient = status === 408 || status === 429 || status >= 500;
  return new HubError(`the storage of the Hub, ${new URL(url).host}, did not accept an object`, {
    got: `status ${status}`,
    transient,
  });
}

function plain(headers: RequestInit['headers']): Record<string, string> {
  return Object.fromEntries(new Headers(headers));
}
