import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pointsOutside } from '../../util/points-outside.js';
import { ifExists } from '../fs-errors.js';

/** Which entries of a folder count. */
export interface Interest {
  /** Every entry but hidden ones. */
  all: boolean;
  /** Entries that count in any case. */
  names: Set<string>;
  /** With `all`: the entries that were there. */
  entries: Set<string>;
}

export interface InterestOptions {
  /** How far up the parent folders of a path count, too: one of them may be replaced. */
  within: string;
  /** Paths that never count, along with everything below them. */
  ignored(path: string): boolean;
}

/** A longer chain of links is a cycle. */
const MOST_LINKS = 40;

/**
 * The folders to watch for anything that may change what is found at some paths, each with the entries that
 * count: a file's own name, everything below a folder (except hidden entries), every link on the way, and for
 * a path that does not exist the first missing name. A folder of 20,000 files is one entry.
 *
 * @param paths Absolute.
 */
export async function interestIn(
  paths: Iterable<string>,
  options: InterestOptions,
): Promise<Map<string, Interest>> {
  const search = new Search(options);
  for (const path of paths) await search.add(path);
  return search.folders;
}

class Search {
  readonly folders = new Map<string, Interest>();
  readonly #options: InterestOptions;
  /** Folders whose contents are known, by their real paths. */
  readonly #walked = new Set<string>();
  readonly #named = new Set<string>();

  constructor(options: InterestOptions) {
    this.#options = options;
  }

  async add(path: string): Promise<void> {
    if (this.#options.ignored(path)) return;
    await this.#name(path, 0);
    if ((await found(stat(path)))?.isDirectory()) await this.#walk(path);
  }

  /** The entry at a path, those of its parent folders, and where its links lead. */
  async #name(path: string, links: number): Promise<void> {
    if (this.#named.has(path) || links > MOST_LINKS) return;
    this.#named.add(path);
    const folder = dirname(path);
    if (folder === path) return;
    const { within } = this.#options;
    const above = relative(within, folder);
    const isThere = (await found(stat(folder)))?.isDirectory() ?? false;
    if (isThere) this.#of(folder).names.add(basename(path));
    // Outside the project, parent folders matter only while something is missing: unrelated things happen
    // there.
    if (!isThere || (above !== '' && !pointsOutside(above))) await this.#name(folder, links);
    if (!isThere || !(await found(lstat(path)))?.isSymbolicLink()) return;
    const target = await found(readlink(path));
    if (target !== undefined) await this.#name(resolve(folder, target), links + 1);
  }

  async #walk(folder: string): Promise<void> {
    const real = await found(realpath(folder));
    if (real === undefined || this.#walked.has(real)) return;
    this.#walked.add(real);
    const interest = this.#of(folder);
    interest.all = true;
    for (const entry of (await found(readdir(folder, { withFileTypes: true }))) ?? []) {
      const path = join(folder, entry.name);
      if (isHidden(entry.name)) continue;
      interest.entries.add(entry.name);
      if (entry.isDirectory() && !this.#options.ignored(path)) await this.#walk(path);
      else if (entry.isSymbolicLink()) await this.add(path);
    }
  }

  #of(folder: string): Interest {
    let interest = this.folders.get(folder);
    if (interest === undefined) {
      interest = { all: false, names: new Set(), entries: new Set() };
      this.folders.set(folder, interest);
    }
    return interest;
  }
}

/** Whether an entry is skipped in a folder that counts as a whole, as `load` skips it. */
export function isHidden(name: string): boolean {
  return name.startsWith('.');
}

/** `undefined` for what is gone, or may not be looked at. */
async function found<T>(promise: Promise<T>): Promise<T | undefined> {
  return ifExists(promise).catch(() => undefined);
}
