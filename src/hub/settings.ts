import { homedir } from 'node:os';
import { join } from 'node:path';
import { readShortSync } from '../files/regular-file.js';
import { EtudeError } from '../util/errors.js';

/**
 * How to reach the Hugging Face Hub and where its files are kept: what `huggingface_hub` reads from the same
 * variables.
 */
export interface HubSettings {
  /** Address without a trailing slash. */
  endpoint: string;
  /** The folder of `models--…` and `datasets--…`. */
  cacheDir: string;
  /** Only ever sent to the endpoint. */
  token?: string;
  /** Where the token was found. */
  tokenFrom?: string;
  /** The network may not be used. */
  offline: boolean;
  /** How long the Hub may be silent before a request counts as failed. */
  timeoutMs: number;
  /** The first pause before a request is made again; it doubles each time. */
  backoffMs: number;
}

type Environment = Record<string, string | undefined>;

/**
 * Settings from the environment: HF_ENDPOINT, HF_HOME, HF_HUB_CACHE (HUGGINGFACE_HUB_CACHE, XDG_CACHE_HOME),
 * HF_TOKEN (HUGGING_FACE_HUB_TOKEN), HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_OFFLINE
 * (TRANSFORMERS_OFFLINE), HF_HUB_DOWNLOAD_TIMEOUT. An invalid address is an EtudeError.
 */
export function hubSettings(env: Environment = process.env): HubSettings {
  const home =
    expand(env.HF_HOME) ?? join(expand(env.XDG_CACHE_HOME) ?? join(homedir(), '.cache'), 'huggingface');
  const seconds = Number(env.HF_HUB_DOWNLOAD_TIMEOUT);
  return {
    endpoint: endpointOf(env.HF_ENDPOINT),
    cacheDir: expand(env.HF_HUB_CACHE) ?? expand(env.HUGGINGFACE_HUB_CACHE) ?? join(home, 'hub'),
    ...tokenOf(env, home),
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    timeoutMs: seconds > 0 ? seconds * 1000 : 20_000,
    backoffMs: 500,
  };
}

function endpointOf(value: string | undefined): string {
  const text = value?.trim() || 'https://huggingface.co';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    // The value is not shown: it may contain a password.
    throw new EtudeError('HF_ENDPOINT is not the address of a Hub', {
      expected: 'an address such as https://huggingface.co, without user name and password',
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function tokenOf(env: Environment, home: string): { token?: string; tokenFrom?: string } {
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return {};
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
    const token = clean(env[name], name);
    if (token !== undefined) return { token, tokenFrom: name };
  }
  const file = expand(env.HF_TOKEN_PATH) ?? join(home, 'token');
  let text: string;
  try {
    text = readShortSync(file).toString('utf8');
  } catch (error) {
    // A pipe, say, which has nothing left for a second reader.
    if (error instanceof EtudeError) throw error;
    return {};
  }
  const token = clean(text, file);
  return token === undefined ? {} : { token, tokenFrom: file };
}

function clean(value: string | undefined, from: string): string | undefined {
  const token = value?.trim();
  if (token === undefined || token === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new EtudeError('the Hugging Face Hub token is not valid', {
      expected: 'printable characters without spaces',
      got: `other characters in ${from}`,
    });
  }
  return token;
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'on', 'yes', 'true'].includes((value ?? '').toLowerCase());
}

/** A path with `~` and variables replaced; `undefined` for an empty one. */
function expand(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  const known = (name: string, whole: string) => process.env[name] ?? whole;
  return path
    .replace(/^~(?=$|[\\/])/, homedir())
    .replace(/\$(\w+)|\$\{(\w+)\}/g, (whole, plain, braced) => known(plain ?? braced, whole));
}
