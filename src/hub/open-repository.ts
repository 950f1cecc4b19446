import { join } from 'node:path';
import type { EnsureOptions, Repository, RepositoryFile } from '../stage/stage-type.js';
import { count } from '../util/words.js';
import { ensureFiles } from './ensure-files.js';
import { HubError, offlineError } from './hub-error.js';
import { isSafePath, Layout } from './layout.js';
import { readRange } from './read-range.js';
import { describeRepository, type RepositoryId } from './repository-id.js';
import { type Resolved, resolveRevision } from './resolve-revision.js';
import { type HubSettings, hubSettings } from './settings.js';
import { cachedTree, fetchTree, type Tree, treeOnDisk } from './tree.js';

export interface OpenOptions {
  settings?: HubSettings;
  /** The commit that the revision is pinned to. */
  commit?: string;
  /** Called when the cache is used in place of the Hub. */
  warn?(text: string): void;
}

/**
 * Opens a commit of a repository of the Hub: resolves the revision (one request; none for a full commit or
 * offline) and lists its files (from the cache, where the commit was listed before). Nothing is downloaded.
 *
 * @param revision a branch, a tag or a commit
 * @throws EtudeError if there is no such repository or revision, no permission to read it, no network and
 * nothing in the cache
 */
export async function openRepository(
  repository: RepositoryId,
  revision = 'main',
  { settings = hubSettings(), commit: pinned, warn = () => undefined }: OpenOptions = {},
): Promise<Repository> {
  if (!isSafePath(revision)) throw new HubError('not a valid revision', { got: `'${revision}'` });
  const layout = new Layout(settings.cacheDir, repository);
  const resolved = await resolveRevision(layout, repository, pinned ?? revision, settings);
  const { commit } = resolved;
  const tree = await treeOf(layout, repository, resolved, settings, warn);
  if (resolved.warning !== undefined) warn(resolved.warning);
  const root = layout.snapshot(commit);
  const files = new Map<string, RepositoryFile>();
  for (const [name, { size, sha256 }] of tree)
    files.set(name, { path: join(root, name), size, digest: sha256 });
  const all = { layout, repository, commit, tree, settings };
  return {
    ...repository,
    revision,
    commit,
    root,
    files,
    ensure: (names: readonly string[], options?: EnsureOptions) => ensureFiles(all, names, options),
    read: (name, start, end) => readRange(repository, commit, name, [start, end], settings),
  };
}

async function treeOf(
  layout: Layout,
  repository: RepositoryId,
  { commit, warning }: Resolved,
  settings: HubSettings,
  warn: (text: string) => void,
): Promise<Tree> {
  const cached = await cachedTree(layout, commit);
  if (cached !== undefined) return cached;
  if (!settings.offline && warning === undefined) return fetchTree(layout, repository, commit, settings);
  // What another program has fetched may be only part of the commit; there is no way to know.
  const found = await treeOnDisk(layout, commit);
  if (found === undefined) throw offlineError(repository, `commit ${commit.slice(0, 12)}`, settings);
  // A model's files are known by their names; which files make up a dataset is only known from the list.
  if (repository.type === 'model') return found;
  warn(
    `${describeRepository(repository)}: its file list is not in the cache; using what is there: ${count(found.size, 'file')}`,
  );
  return found;
}
