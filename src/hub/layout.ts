import { randomBytes } from 'node:crypto';
import { copyFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { codeOf } from '../files/fs-errors.js';
import { makeFolder } from '../files/make-folder.js';
import { readShort } from '../files/regular-file.js';
import { EtudeError } from '../util/errors.js';
import { folderName, isCommit, type RepositoryId } from './repository-id.js';

/** Systems and file systems without symbolic links, or without permission to create them. */
const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'UNKNOWN', 'EINVAL']);

/**
 * One repository's folder in the cache, laid out as `huggingface_hub` does: `blobs/<etag>` contain the bytes,
 * `refs/<revision>` the commits, `snapshots/<commit>/<file>` are links to blobs, and `trees/<commit>.json`
 * list the files of a commit.
 */
export class Layout {
  readonly root: string;
  /** Locks are kept next to the repositories, so that removing a repository removes no lock. */
  readonly locks: string;

  constructor(cacheDir: string, repository: RepositoryId) {
    this.root = join(cacheDir, folderName(repository));
    this.locks = join(cacheDir, '.locks', folderName(repository));
  }

  blob(etag: string): string {
    return join(this.root, 'blobs', etag);
  }

  snapshot(commit: string): string {
    return join(this.root, 'snapshots', commit);
  }

  tree(commit: string): string {
    return join(this.root, 'trees', `${commit}.json`);
  }

  /** The commit that a branch or tag was at when the Hub was last asked. */
  async ref(revision: string): Promise<string | undefined> {
    const bytes = await readShort(this.#ref(revision)).catch(() => undefined);
    const text = bytes?.toString('utf8').trim();
    return text !== undefined && isCommit(text) ? text : undefined;
  }

  async setRef(revision: string, commit: string): Promise<void> {
    if (revision !== commit && (await this.ref(revision)) !== commit)
      await writeWhole(this.#ref(revision), commit);
  }

  #ref(revision: string): string {
    if (!isSafePath(revision)) throw new EtudeError('not a valid revision', { got: `'${revision}'` });
    return join(this.root, 'refs', ...revision.split('/'));
  }
}

/** What the system takes for more than part of a name. */
const RESERVED = process.platform === 'win32' ? '\0\\:*?"<>|' : '\0';

/**
 * Whether a name from elsewhere can be a path below a folder: no `..`, no root, nothing that the system takes
 * for more than a name.
 */
export function isSafePath(name: string): boolean {
  if (name.length > 1024 || [...RESERVED].some((char) => name.includes(char))) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Makes the blob available at `path`: by a relative link, or a copy where links are impossible. */
export async function linkBlob(blob: string, path: string): Promise<void> {
  await makeFolder(dirname(path));
  const temp = `${path}.${randomBytes(4).toString('hex')}.incomplete`;
  try {
    await symlink(relative(dirname(path), blob), temp);
  } catch (error) {
    if (!NO_LINKS.has(codeOf(error) ?? '')) throw error;
    await copyFile(blob, temp);
  }
  await rename(temp, path);
}

/** Writes a small file so that it appears complete or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await makeFolder(dirname(path));
  const temp = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(temp, text);
    await rename(temp, path);
  } catch (error) {
    await rm(temp, { force: true }).catch(() => undefined);
    throw error;
  }
}
