import { HubError, notTheHub, offlineError, statusError } from './hub-error.js';
import type { Layout } from './layout.js';
import { describeRepository, isCommit, type RepositoryId, revisionUrl } from './repository-id.js';
import { get } from './request.js';
import { retrying } from './retry.js';
import type { HubSettings } from './settings.js';

/** A commit, and what a person should know about how it was found. */
export interface Resolved {
  commit: string;
  warning?: string;
}

/**
 * The commit of a branch or tag: one request, none for a full commit or offline. If the Hub cannot be
 * reached, the commit from last time is used, with a warning.
 */
export async function resolveRevision(
  layout: Layout,
  repository: RepositoryId,
  revision: string,
  settings: HubSettings,
): Promise<Resolved> {
  if (isCommit(revision)) return { commit: revision };
  const cached = await layout.ref(revision);
  if (settings.offline) {
    if (cached === undefined) throw offlineError(repository, `revision '${revision}'`, settings);
    return { commit: cached };
  }
  try {
    // With something to fall back on, do not wait for a network that is down.
    const attempts = cached === undefined ? 4 : 2;
    const commit = await retrying(() => askCommit(repository, revision, settings), {
      attempts,
      backoffMs: settings.backoffMs,
    });
    // A read-only cache works, too.
    await layout.setRef(revision, commit).catch(() => undefined);
    return { commit };
  } catch (error) {
    if (!(error instanceof HubError) || !error.transient || cached === undefined) throw error;
    const reason = `${error.message}${error.got === undefined ? '' : ` (${error.got})`}`;
    const warning = `${reason}: using the last known revision of ${describeRepository(repository)}, ${cached.slice(0, 12)}`;
    return { commit: cached, warning };
  }
}

/** Asks the Hub where a branch or tag is now: one request. */
export async function askCommit(
  repository: RepositoryId,
  revision: string,
  settings: HubSettings,
  signal?: AbortSignal,
): Promise<string> {
  return (await askRevision(repository, revision, settings, signal)).commit;
}

/** Asks the Hub where a branch or tag is now, and who may see the repository: one request. */
export async function askRevision(
  repository: RepositoryId,
  revision: string,
  settings: HubSettings,
  signal?: AbortSignal,
): Promise<{ commit: string; isPrivate: boolean }> {
  const response = await get(revisionUrl(settings.endpoint, repository, revision), settings, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw statusError(response, repository, settings, { revision });
  }
  const info = (await response.json().catch(() => undefined)) as
    | { sha?: unknown; private?: unknown }
    | undefined;
  if (typeof info?.sha !== 'string' || !isCommit(info.sha)) throw notTheHub(settings);
  return { commit: info.sha, isPrivate: info.private === true };
}
