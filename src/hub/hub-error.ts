import { EtudeError, type EtudeErrorOptions } from '../util/errors.js';
import { describeRepository, type RepositoryId, webPath } from './repository-id.js';
import type { HubSettings } from './settings.js';

/** What went wrong between here and the Hub. */
export class HubError extends EtudeError {
  /** The answer's status; absent if there was no answer. */
  readonly status?: number;
  /** The Hub's own code: `RepoNotFound`, `EntryNotFound`, … */
  readonly code?: string;
  /** Worth retrying without the user doing anything. */
  readonly transient: boolean;
  /** Seconds after which the Hub wants to be asked again. */
  readonly retryAfter?: number;

  constructor(
    message: string,
    options: EtudeErrorOptions & {
      status?: number;
      code?: string;
      transient?: boolean;
      retryAfter?: number;
    } = {},
  ) {
    super(message, options);
    this.status = options.status;
    this.code = options.code;
    this.transient = options.transient ?? false;
    this.retryAfter = options.retryAfter;
  }
}

/** An unsuccessful answer, as an error that a person can act on. */
export function statusError(
  response: Response,
  repository: RepositoryId,
  settings: HubSettings,
  what?: { revision?: string; file?: string },
): HubError {
  const { status, headers } = response;
  const code = headers.get('x-error-code') ?? '';
  const name = describeRepository(repository);
  const page = `${settings.endpoint}/${webPath(repository)}`;
  const got = answerOf(response, settings);
  const options = { status, code, got };
  if (code === 'GatedRepo' || status === 403) {
    const gated =
      code === 'GatedRepo' || /gated|restricted|access to/i.test(headers.get('x-error-message') ?? '');
    return new HubError(gated ? `${name} is gated: access must be requested` : `no access to ${name}`, {
      ...options,
      hint: `Request access on ${page}, then ${settings.token === undefined ? GIVE_TOKEN : 'check that the token belongs to that account and can read gated repositories'}.`,
    });
  }
  if (code === 'RevisionNotFound')
    return new HubError(`${name} has no revision '${what?.revision ?? ''}'`, {
      ...options,
      hint: `See ${page}.`,
    });
  if (code === 'EntryNotFound')
    return new HubError(`${name} no longer has a file '${what?.file ?? ''}'`, {
      ...options,
      hint: `See ${page}.`,
    });
  if (status === 401 && settings.token !== undefined && code !== 'RepoNotFound') {
    return new HubError('the Hub rejected the token', {
      ...options,
      hint: `It is from ${settings.tokenFrom}: create a new one on ${settings.endpoint}/settings/tokens, or remove it.`,
    });
  }
  if (status === 401 || status === 404) {
    return new HubError(`no ${name} on the Hub, and no local folder of that name`, {
      ...options,
      hint: `Did you mean a folder next to the recipe? If it is a private or gated repository, ${GIVE_TOKEN}.`,
    });
  }
  const transient = status === 408 || status === 429 || status >= 500;
  const message = status === 429 ? 'too many requests to the Hub' : `the Hub failed to serve ${name}`;
  return new HubError(message, { ...options, transient, retryAfter: retryAfter(headers) });
}

const GIVE_TOKEN = 'provide a token that can read it (HF_TOKEN, or `hf auth login`)';

/** The system's codes for connection problems, in words. */
const NETWORK_WORDS: Record<string, string> = {
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'DNS lookup failed',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  ETIMEDOUT: 'timed out',
  UND_ERR_CONNECT_TIMEOUT: 'timed out',
  ENETUNREACH: 'network unreachable',
  EHOSTUNREACH: 'host unreachable',
};

/** A request without an answer. */
export function networkError(error: unknown, url: string, settings: HubSettings): HubError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const words = code === undefined ? undefined : NETWORK_WORDS[code];
  const text =
    words === undefined
      ? (code ?? (cause instanceof Error ? cause.message : String(cause)))
      : `${words} (${code})`;
  return new HubError(`${new URL(url).host} cannot be reached`, {
    got: redact(text, settings),
    hint: `${behindProxy() ?? 'Check the connection.'} With HF_HUB_OFFLINE=1, only the cache is used.`,
    transient: true,
  });
}

/** Node.js does not use the environment's proxy by itself. */
function behindProxy({ env } = process): string | undefined {
  const proxy = env.HTTPS_PROXY || env.https_proxy || env.ALL_PROXY || env.all_proxy;
  if (!proxy || env.NODE_USE_ENV_PROXY) return undefined;
  return 'A proxy is set, but Node.js only uses it with NODE_USE_ENV_PROXY=1 (since 22.21 and 24.5).';
}

/** An answer that does not come from a Hub. */
export function notTheHub(settings: HubSettings): HubError {
  return new HubError(`${settings.endpoint} does not answer like the Hugging Face Hub`, {
    hint: 'Check HF_ENDPOINT, and whether a proxy or a sign-in page is in the way.',
  });
}

/** Something is needed that is not in the cache, and the network may not be used. */
export function offlineError(repository: RepositoryId, what: string, settings: HubSettings): HubError {
  return new HubError(
    `${what} of ${describeRepository(repository)} is not in the cache, and HF_HUB_OFFLINE is set`,
    {
      expected: `an earlier download in ${settings.cacheDir}`,
      hint: 'Run once without HF_HUB_OFFLINE, or give a local folder.',
    },
  );
}

function answerOf({ status, statusText, headers }: Response, settings: HubSettings): string {
  const message = (headers.get('x-error-message') ?? statusText).slice(0, 200);
  return redact(`status ${status}${message === '' ? '' : `, ${message}`}`, settings);
}

/** A server may echo what it was sent. */
export function redact(text: string, { token }: HubSettings): string {
  return token === undefined ? text : text.replaceAll(token, '(token)');
}

/** Seconds according to `Retry-After` (a number, or a date), or the rest of the window in `RateLimit`. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  const seconds = value === null ? Number.NaN : Number(value);
  if (seconds >= 0) return seconds;
  const date = value === null ? Number.NaN : Date.parse(value);
  if (!Number.isNaN(date)) return Math.max(0, (date - Date.now()) / 1000);
  const window = /\bt=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return window === undefined ? undefined : Number(window);
}
