import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, writeError } from './fs-errors.js';
import { makeFolder } from './make-folder.js';
import { ownIdentity } from './process-identity.js';

/**
 * Files that are being written, on the cache's own file system, so that a rename makes them visible complete
 * or not at all. Their names identify their owner (`machine-pid-started-…`), so that those of a dead process
 * can be removed.
 */
export class TempFiles {
  readonly #dir: string;
  #count = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** A new name, under which nothing exists yet. */
  path(): string {
    const { machine, pid, started } = ownIdentity();
    return join(
      this.#dir,
      `${machine}-${pid}-${started ?? ''}-${this.#count++}-${randomBytes(4).toString('hex')}`,
    );
  }

  /**
   * Writes a file by way of a temporary one. `fill` writes the bytes and returns the final path, or
   * `undefined` if the file turns out not to be needed. A failure leaves nothing behind.
   */
  async write(
    fill: (file: FileHandle) => Promise<string | undefined>,
    options: { mode?: number; sync?: boolean } = {},
  ): Promise<void> {
    const temp = this.path();
    try {
      const file = await this.#create(temp, options.mode ?? 0o666);
      let target: string | undefined;
      try {
        target = await fill(file);
        if (target !== undefined && options.sync) await file.sync();
      } finally {
        await file.close();
      }
      if (target === undefined) await rm(temp, { force: true });
      else await renameInto(temp, target);
    } catch (error) {
      // Before the cleanup frees space.
      const failure = writeError(error, this.#dir);
      await rm(temp, { force: true }).catch(() => undefined);
      throw failure;
    }
  }

  /** The folder itself may have been removed as a temporary one. */
  async #create(temp: string, mode: number): Promise<FileHandle> {
    try {
      return await open(temp, 'wx', mode);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await makeFolder(this.#dir);
      return open(temp, 'wx', mode);
    }
  }

  /** Writes a complete small file. */
  async writeText(target: string, text: string, options: { sync?: boolean } = {}): Promise<void> {
    await this.write(async (file) => {
      await file.writeFile(text);
      return target;
    }, options);
  }
}

/**
 * Renames, creating the target's folder if necessary; a folder where the file should be is not ours, and is
 * removed.
 */
async function renameInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') await makeFolder(dirname(to));
    else if (code === 'EISDIR' || code === 'ENOTEMPTY') await rm(to, { recursive: true, force: true });
    else throw error;
    await rename(from, to);
  }
}
