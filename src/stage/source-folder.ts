import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { EtudeError } from '../util/errors.js';
import type { Place, Repository, Source } from './stage-type.js';

/** Cards, configurations and indexes are far smaller. */
const MOST_BYTES = 100e6;

/** A file as described by `sources`. */
export type FileOfSource = Source['files'][number];

/**
 * A folder that a parameter names: a local one, or a commit of a Hub repository. Names in it are relative,
 * with `/`.
 */
export interface SourceFolder {
  /** As the recipe names it. */
  shown: string;
  /** Where its files are; those of a repository, once they are downloaded. */
  root: string;
  /** The repository, if it is one. */
  repository?: Repository;
  isFile(name: string): Promise<boolean>;
  isFolder(name: string): Promise<boolean>;
  file(name: string): FileOfSource;
  /** Downloads files that are not here yet; does nothing for a local folder. */
  fetch(names: readonly string[]): Promise<void>;
}

/**
 * Opens the folder that a parameter names: a path, if it exists; otherwise a Hub repository, if it is of the
 * form `owner/name`. `undefined` for anything else.
 *
 * @throws EtudeError if the repository is unavailable, and for a revision of a local folder
 */
export async function openSourceFolder(
  path: string,
  place: Place,
  options: { type: 'model' | 'dataset'; revision?: string },
): Promise<SourceFolder | undefined> {
  const root = place.resolve(path);
  if (existsSync(root)) {
    if (options.revision !== undefined) throw revisionOfPath(options.revision);
    return localFolder(path, root);
  }
  if (!isRepositoryId(path)) return undefined;
  return repositoryFolder(await place.repository(options.type, path, options.revision));
}

/**
 * The same for a stage's files: the small ones, whose digests are not known, are downloaded, so that they can
 * be fingerprinted.
 */
export async function sourceFiles(folder: SourceFolder, names: readonly string[]): Promise<FileOfSource[]> {
  const files = names.map((name) => folder.file(name));
  await folder.fetch(names.filter((_, i) => files[i]!.digest === undefined));
  return files;
}

/** A revision means nothing for a local folder. */
function revisionOfPath(revision: string): EtudeError {
  return new EtudeError('revision is for repositories on the Hugging Face Hub', {
    got: `revision '${revision}' of a local path`,
  });
}

/** Whether a path can be the name of a repository: `owner/name`. A single word is a folder's name here. */
export function isRepositoryId(path: string): boolean {
  return /^\w[\w.-]*\/\w[\w.-]*$/.test(path) && !path.includes('..') && !path.includes('--');
}

/** A local folder; `resolve` gives the paths of names, if they are not simply below `root`. */
export function localFolder(
  shown: string,
  root: string,
  resolve = (name: string) => join(root, name),
): SourceFolder {
  const stats = (name: string) => stat(resolve(name)).catch(() => undefined);
  return {
    shown,
    root,
    isFile: async (name) => (await stats(name))?.isFile() ?? false,
    isFolder: async (name) => (await stats(name))?.isDirectory() ?? false,
    file: (name) => ({ name, path: resolve(name) }),
    fetch: async () => {},
  };
}

/** A commit of a repository of the Hub. */
export function repositoryFolder(repository: Repository): SourceFolder {
  const { files, type, id, revision, commit } = repository;
  const plain = (name: string) => posix.normalize(name).replace(/\/$/, '');
  return {
    shown: id,
    root: repository.root,
    repository,
    isFile: async (name) => files.has(plain(name)),
    isFolder: async (name) => {
      const folder = plain(name);
      return folder === '.' || [...files.keys()].some((file) => file.startsWith(`${folder}/`));
    },
    file(name) {
      const file = plain(name);
      const { path = join(repository.root, file), size, digest } = files.get(file) ?? {};
      return { name, path, size, digest, origin: { type, id, revision, commit, file } };
    },
    async fetch(names) {
      const large = names.map(plain).find((name) => (files.get(name)?.size ?? 0) > MOST_BYTES);
      if (large === undefined) return repository.ensure(names.map(plain));
      throw new EtudeError(`'${large}' of '${id}' is too large to read for planning`, {
        expected: `${MOST_BYTES / 1e6} MB or less`,
        got: `${Math.round(files.get(large)!.size / 1e6)} MB`,
      });
    },
  };
}
