import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../files/fs-errors.js';
import { readSealed, sealed } from '../../files/sealed.js';
import type { TempFiles } from '../../files/temp-files.js';
import { EtudeError } from '../../util/errors.js';
import { isDigest } from './entries.js';
import type { CodeListing, CodeListings } from './types.js';

/**
 * The contents of code closures, `code/<digest>.json`: only to determine which file of a stage type changed.
 */
export class DiskCodeListings implements CodeListings {
  readonly #dir: string;
  readonly #temp: TempFiles;
  /** Those that were read: a plan asks for the same two for every stage whose code changed. */
  readonly #read = new Map<string, CodeListing>();

  constructor(dir: string, temp: TempFiles) {
    this.#dir = dir;
    this.#temp = temp;
  }

  async get(digest: string): Promise<CodeListing | undefined> {
    const known = this.#read.get(digest);
    if (known !== undefined) return known;
    const kept = isDigest(digest) ? await readSealed(this.#path(digest)) : undefined;
    if (kept?.type !== 'whole') return undefined;
    const { of, files, packages } = kept.json as { of?: unknown } & Partial<CodeListing>;
    if (of !== digest || !files || !packages) return undefined;
    this.#read.set(digest, { files, packages });
    return { files, packages };
  }

  async add(digest: string, listing: CodeListing): Promise<void> {
    if ((await ifExists(stat(this.#path(digest)))) !== undefined) return;
    try {
      await this.#temp.writeText(
        this.#path(digest),
        sealed(JSON.stringify({ of: digest, ...listing }, null, 1)),
      );
    } catch (error) {
      // A cache that is read-only can still be used for planning.
      if (!(error instanceof EtudeError)) throw error;
    }
  }

  /** Paths of listings whose digest is not in `used`. */
  async unused(used: ReadonlySet<string>): Promise<string[]> {
    const names = (await ifExists(readdir(this.#dir))) ?? [];
    return names
      .filter((name) => !used.has(name.replace(/\.json$/, '')))
      .map((name) => join(this.#dir, name));
  }

  #path(digest: string): string {
    return join(this.#dir, `${digest}.json`);
  }
}
