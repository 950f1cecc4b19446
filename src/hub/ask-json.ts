import { statusError } from './hub-error.js';
import type { RepositoryId } from './repository-id.js';
import { send } from './request.js';
import { retrying } from './retry.js';
import type { HubSettings } from './settings.js';

/** Where to ask, and about what: for messages. */
export interface Asked {
  repository: RepositoryId;
  settings: HubSettings;
  signal?: AbortSignal;
}

/** An answer whose status is accepted, with its body, `{}` if that is no JSON object. */
export interface JsonAnswer {
  status: number;
  body: Record<string, unknown>;
}

/**
 * One request to the Hub's API: a POST if there is a body. Retried after temporary failures.
 *
 * @param path `/api/…`
 * @param accepted statuses that are answers, in addition to successful ones
 * @throws HubError for all others
 */
export async function askJson(
  { repository, settings, signal }: Asked,
  path: string,
  { body, accepted = [] }: { body?: unknown; accepted?: readonly number[] } = {},
): Promise<JsonAnswer> {
  const request =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return retrying(
    async () => {
      const response = await send(`${settings.endpoint}${path}`, settings, { ...request, signal });
      if (!response.ok && !accepted.includes(response.status)) {
        await response.body?.cancel();
        throw statusError(response, repository, settings);
      }
      const json: unknown = await response.json().catch(() => undefined);
      const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
      return { status: response.status, body: isObject ? (json as Record<string, unknown>) : {} };
    },
    { attempts: 4, backoffMs: settings.backoffMs, signal },
  );
}
