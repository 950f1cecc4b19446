import { HubError, notTheHub, statusError } from './hub-error.js';
import { type RepositoryId, treeUrl } from './repository-id.js';
import { get } from './request.js';
import { retrying } from './retry.js';
import type { HubSettings } from './settings.js';

/** A file as the Hub lists it, with the keys of `trees/<commit>.json`. Nothing has been checked yet. */
export interface ListedFile {
  size: number;
  blob_id: string;
  lfs_sha256?: string;
  lfs_size?: number;
  xet_hash?: string;
}

const SHA256 = /^[0-9a-f]{64}$/;
/** Beyond that, it is not the listing of a dataset any more. */
const MOST_FILES = 1_000_000;

/**
 * Asks the Hub for the files of a commit, or of a folder of it, page by page; stops once there are `enough`.
 */
export async function listFiles(
  repository: RepositoryId,
  commit: string,
  settings: HubSettings,
  options: { folder?: string; enough?: number; signal?: AbortSignal } = {},
): Promise<[string, ListedFile][]> {
  const { folder, enough = Number.POSITIVE_INFINITY, signal } = options;
  const files: [string, ListedFile][] = [];
  let url: string | undefined = treeUrl(settings.endpoint, repository, commit, folder);
  while (url !== undefined && files.length < enough) {
    const page: string = url;
    const { entries, next } = await retrying(() => pageOf(page, repository, commit, settings, signal), {
      attempts: 4,
      backoffMs: settings.backoffMs,
      signal,
    });
    files.push(...entries);
    if (files.length > MOST_FILES) throw new HubError('the repository has too many files to list');
    url = next;
  }
  return files;
}

async function pageOf(
  url: string,
  repository: RepositoryId,
  commit: string,
  settings: HubSettings,
  signal: AbortSignal | undefined,
) {
  const response = await get(url, settings, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw statusError(response, repository, settings, { revision: commit });
  }
  const listed: unknown = await response.json().catch(() => undefined);
  if (!Array.isArray(listed)) throw notTheHub(settings);
  const entries = listed
    .filter((one) => one?.type === 'file')
    .map((one): [string, ListedFile] => {
      const { path, size, oid, lfs, xetHash } = one;
      const large = lfs && {
        lfs_sha256: String(lfs.oid).replace(/^sha256:/, ''),
        lfs_size: Number(lfs.size),
      };
      const xet = SHA256.test(xetHash) ? { xet_hash: xetHash } : {};
      return [String(path), { size: Number(size), blob_id: String(oid), ...large, ...xet }];
    });
  const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return { entries, next: link === undefined ? undefined : new URL(link, url).href };
}
