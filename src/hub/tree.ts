import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { ifExists } from '../files/fs-errors.js';
import { readShort } from '../files/regular-file.js';
import { HubError } from './hub-error.js';
import { isSafePath, type Layout, writeWhole } from './layout.js';
import { type ListedFile, listFiles } from './list-files.js';
import type { RepositoryId } from './repository-id.js';
import type { HubSettings } from './settings.js';

/** A file of a commit, as the Hub lists it. */
export interface TreeFile {
  size: number;
  /**
   * The blob's name in the cache, which is the digest of its bytes: SHA-256, or git's SHA-1 for a file that
   * is not an LFS file.
   */
  etag?: string;
  /** SHA-256 of the bytes, for LFS files. */
  sha256?: string;
}

/** Files of a commit by name. */
export type Tree = ReadonlyMap<string, TreeFile>;

const FORMAT_VERSION = 1;
const SHA1 = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** The listing of a commit from the cache; `undefined` if there is none that can be read. */
export async function cachedTree(layout: Layout, commit: string): Promise<Tree | undefined> {
  const text = await readShort(layout.tree(commit)).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const json = JSON.parse(text.toString('utf8')) as {
      format_version?: number;
      files: Record<string, ListedFile>;
    };
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
  const files = await listFiles(repository, commit, settings);
  const tree = treeOf(files);
  const sorted = Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
  // A listing that cannot be stored is requested again next time.
  await writeWhole(
    layout.tree(commit),
    JSON.stringify({ format_version: FORMAT_VERSION, files: sorted }, null, 1),
  ).catch(() => undefined);
  return tree;
}

/** Checks what came from elsewhere: its names become paths, and its digests file names. */
function treeOf(files: readonly (readonly [string, ListedFile])[]): Tree {
  const tree = new Map<string, TreeFile>();
  for (const [name, file] of files) {
    if (!isSafePath(name))
      throw new HubError('the repository has a file whose name points outside its folder', {
        got: JSON.stringify(name),
      });
    const sha256 = file.lfs_sha256;
    const size = file.lfs_size ?? file.size;
    const etag = sha256 ?? file.blob_id;
    if (!(sha256 === undefined ? SHA1 : SHA256).test(etag) || !Number.isSafeInteger(size) || size < 0)
      throw new HubError("the repository's file list cannot be read", {
        got: JSON.stringify(file).slice(0, 200),
      });
    tree.set(name, { size, etag, sha256 });
  }
  return tree;
}

/**
 * The contents of a snapshot's folder: all that is known of a commit that another program fetched file by
 * file. Digests are the names of the blobs that its links lead to.
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
