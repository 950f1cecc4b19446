import type { Progress } from './progress.js';

/**
 * What a recipe's relative paths are relative to. Each plan, and each run, has its own object, which a stage
 * type can use as the key of a `WeakMap` to cache what it learned from files.
 */
export interface Place {
  /** The folder of the recipe file. */
  readonly recipeDir: string;
  /**
   * As in `projectFolderOf`: the nearest folder at or above it with `.etude`, `.git` or `package.json`, if
   * there is one.
   */
  readonly projectDir: string;
  /** An absolute path: next to the recipe if something exists there, otherwise in the project folder. */
  resolve(path: string): string;
  /**
   * Opens a commit of a repository of the Hugging Face Hub (`revision`: a branch, a tag or a commit; default
   * `main`) without downloading files. Rejects with an EtudeError if it is unavailable.
   */
  repository(type: 'model' | 'dataset', id: string, revision?: string): Promise<Repository>;
}

/** One commit of a repository of the Hugging Face Hub, in the cache that Python's libraries share. */
export interface Repository {
  readonly type: 'model' | 'dataset';
  /** `owner/name`. */
  readonly id: string;
  /** As requested. */
  readonly revision: string;
  readonly commit: string;
  /** Its folder in the cache. */
  readonly root: string;
  /** All files of the commit by name, whether or not they are in the cache yet. */
  readonly files: ReadonlyMap<string, RepositoryFile>;
  /** Checks the files that are in the cache, and downloads those that are not. */
  ensure(names: readonly string[], options?: EnsureOptions): Promise<void>;
  /** Bytes `[start, end)` of a file on the Hub, without storing them. */
  read(name: string, start: number, end: number): Promise<Uint8Array>;
}

export interface RepositoryFile {
  /** Where it is in the cache, or will be. */
  path: string;
  /** Bytes. */
  size: number;
  /** SHA-256 of the bytes, if the Hub reports it. */
  digest?: string;
}

export interface EnsureOptions {
  signal?: AbortSignal;
  /** Reports the bytes of all missing files together. */
  progress?(progress: Progress): void;
  /** Called with pauses and retries. */
  log?(text: string): void;
}

/** Where a file on the Hub comes from. */
export interface Origin {
  type: 'model' | 'dataset';
  id: string;
  revision: string;
  commit: string;
  /** Its name in the repository. */
  file: string;
}
