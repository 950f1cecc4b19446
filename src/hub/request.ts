import { HubError, networkError } from './hub-error.js';
import type { HubSettings } from './settings.js';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const SAME_REQUEST = new Set([307, 308]);

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  /** Sent again when a redirect requires it. */
  body?: string | Blob;
  signal?: AbortSignal;
  /** Milliseconds within which an answer must come; by default, the timeout of the settings. */
  timeoutMs?: number;
}

/** One GET: `send` without a body. */
export function get(
  url: string,
  settings: HubSettings,
  options: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  return send(url, settings, options);
}

/**
 * One request. Redirects are followed by hand: the token goes to the endpoint's own origin and nowhere else,
 * and from https only to https; requests other than GET only by redirects that keep the method. Resolves with
 * any answer that is not a redirect.
 *
 * @throws HubError if there is no answer in time; the signal's reason when aborted
 */
export async function send(
  url: string,
  settings: HubSettings,
  options: RequestOptions = {},
): Promise<Response> {
  const home = new URL(settings.endpoint).origin;
  const { method = 'GET' } = options;
  const redirects = method === 'GET' ? REDIRECTS : SAME_REQUEST;
  let at = url;
  for (let hops = 0; hops <= 10; hops++) {
    const headers: Record<string, string> = {
      'user-agent': `etude; node/${process.versions.node}`,
      // The bytes as they are, so that they can be counted and resumed.
      'accept-encoding': 'identity',
      ...options.headers,
    };
    if (settings.token !== undefined && new URL(at).origin === home)
      headers.authorization = `Bearer ${settings.token}`;
    const response = await answerOf(at, settings, { ...options, headers });
    const location = response.headers.get('location');
    if (!redirects.has(response.status) || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, at) ? new URL(location, at) : undefined;
    const secure = new URL(at).protocol === 'https:';
    if (next === undefined || !(next.protocol === 'https:' || (next.protocol === 'http:' && !secure)))
      throw new HubError(`${new URL(at).host} redirects to an unsafe address`);
    at = next.href;
  }
  throw new HubError(`${new URL(url).host} redirects in a loop`);
}

async function answerOf(url: string, settings: HubSettings, options: RequestOptions): Promise<Response> {
  const { signal, timeoutMs = settings.timeoutMs, ...init } = options;
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new Error(`no answer within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  const signals = signal === undefined ? [silence.signal] : [silence.signal, signal];
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.any(signals) });
  } catch (error) {
    signal?.throwIfAborted();
    throw networkError(error, url, settings);
  } finally {
    clearTimeout(timer);
  }
}

/** The chunks of a body; a silence longer than the timeout, or a cut connection, is a HubError. */
export async function* chunksOf(
  response: Response,
  settings: HubSettings,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), settings.timeoutMs, signal);
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof HubError) throw error;
    throw networkError(error, response.url, settings);
  } finally {
    // Also when the consumer stops early: the connection must not go on.
    await reader.cancel().catch(() => undefined);
  }
}

function inTime<T>(promise: Promise<T>, ms: number, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no data for ${ms / 1000} s`)), ms);
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
  });
}
