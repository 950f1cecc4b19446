import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { ifExists } from '../cache/fs-errors.js';
import { HubError, statusError } from './hub-error.js';
import { isSafePath, type Layout, writeWhole } from './layout.js';
import { type RepositoryId, treeUrl } from './repository-id.js';
import { get } from './request.js';
import { retrying } from './retry.js';
import type { HubSettings } from './settings.js';

/** A file of a commit, as the Hub lists it. */
export interface TreeFile {
  size: number;
  /** The blob's name in the cache, which is the digest of its bytes: SHA-256, or git's SHA-1 for a file that is no LFS file. */
  etag?: string;
  /** SHA-256 of the bytes, for LFS files. */
  sha256?: string;
}

/** Files of a commit by name. */
export type Tree = ReadonlyMap<string, TreeFile>;

/** An entry of `trees/<commit>.json`. */
interface CachedFile {
  size: number;
  blob_id: string;
  lfs_sha256?: string;
  lfs_size?: number;
  xet_hash?: string;
}

const FORMAT_VERSION = 1;
const SHA1 = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;
/** Above that a listing is no listing of a data set any more. */
const MOST_FILES = 1_000_000;

/** The listing of a commit from the cache; `undefined` where there is none that can be read. */
export async function cachedTree(layout: Layout, commit: string): Promise<Tree | undefined> {
  const text = await readFile(layout.tree(commit), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const json = JSON.parse(text) as { format_version?: number; files: Record<string, CachedFile> };
    if (json.format_version !== FORMAT_VERSION) return undefined;
    return treeOf(Object.entries(json.files));
  } catch {
    return undefined;
  }
}

/** Asks the Hub for the listing of a commit, page by page, and keeps it. */
export async function fetchTree(
  layout: Layout,
  repository: RepositoryId,
  commit: string,
  settings: HubSettings,
): Promise<Tree> {
  const files: [string, CachedFile][] = [];
  let url: string | undefined = treeUrl(settings.endpoint, repository, commit);
  while (url !== undefined) {
    const page: string = url;
    const { entries, next } = await retrying(() => pageOf(page, repository, commit, settings), {
      attempts: 4,
      backoffMs: settings.backoffMs,
    });
    files.push(...entries);
    if (files.length > MOST_FILES) throw new HubError('the repository has too many files to list');
    url = next;
  }
  const tree = treeOf(files);
  const sorted = Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
  // A listing that cannot be kept is asked for again next time.
  await writeWhole(
    layout.tree(commit),
    JSON.stringify({ format_version: FORMAT_VERSION, files: sorted }, null, 1),
  ).catch(() => undefined);
  return tree;
}

async function pageOf(url: string, repository: RepositoryId, commit: string, settings: HubSettings) {
  const response = await get(url, settings);
  if (!response.ok) {
    await response.body?.cancel();
    throw statusError(response, repository, settings, { revision: commit });
  }
  const listed: unknown = await response.json().catch(() => undefined);
  if (!Array.isArray(listed)) throw notTheHub(settings);
  const entries = listed
    .filter((one) => one?.type === 'file')
    .map((one): [string, CachedFile] => {
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

/** Checks what came from elsewhere: names become paths, and digests names of files. */
function treeOf(files: readonly (readonly [string, CachedFile])[]): Tree {
  const tree = new Map<string, TreeFile>();
  for (const [name, file] of files) {
    if (!isSafePath(name))
      throw new HubError('the repository holds a file whose name leads out of a folder', {
        got: JSON.stringify(name),
      });
    const sha256 = file.lfs_sha256;
    const size = file.lfs_size ?? file.size;
    const etag = sha256 ?? file.blob_id;
    if (!(sha256 === undefined ? SHA1 : SHA256).test(etag) || !Number.isSafeInteger(size) || size < 0)
      throw new HubError('the listing of the repository cannot be read', {
        got: JSON.stringify(file).slice(0, 200),
      });
    tree.set(name, { size, etag, sha256 });
  }
  return tree;
}

/**
 * What lies in a snapshot's folder: all that is known of a commit that another program fetched file by file. Digests are those of blobs
 * that links lead to.
 */
export async function treeOnDisk(layout: Layout, commit: string): Promise<Tree | undefined> {
  const root = layout.snapshot(commit);
  const names = await ifExists(readdir(root, { recursive: true }));
  if (names === undefined) return undefined;
  const tree = new Map<string, TreeFile>();
  for (const name of names.filter((one) => !one.endsWith('.incomplete'))) {
    const path = join(root, name);
    const stats = await stat(path).catch(() => undefined);
    if (!stats?.isFile()) continue;
    const target = basename(await realpath(path));
    const etag = SHA1.test(target) || SHA256.test(target) ? target : undefined;
    const sha256 = etag?.length === 64 ? etag : undefined;
    tree.set(name.split(sep).join('/'), { size: stats.size, etag, sha256 });
  }
  return tree;
}

/** An answer that no Hub gives. */
export function notTheHub(settings: HubSettings): HubError {
  return new HubError(`${settings.endpoint} does not answer like the Hugging Face Hub`, {
    hint: 'Check HF_ENDPOINT, and whether a proxy or a sign-in page is in between.',
  });
}
