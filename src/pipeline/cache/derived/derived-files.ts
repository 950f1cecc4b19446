import { rmSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../../files/fs-errors.js';
import { openRegular } from '../../../files/regular-file.js';
import { sha256File } from '../../../files/sha256-file.js';
import type { TempFiles } from '../../../files/temp-files.js';
import type { ObjectRef } from '../../../stage/artifact.js';
import { sha256 } from '../../../util/sha256.js';
import { signatureOf } from '../stat-memo.js';

/**
 * The bytes of derived objects while they are in use, each a file `ab/cdef…`. They are never flushed to disk;
 * a process hashes what it finds before using it, and removes wrong bytes.
 */
export class DerivedFiles {
  readonly #dir: string;
  readonly #temp: TempFiles;
  readonly #isOwn: boolean;
  /** What this process wrote or hashed: the signature of its file by digest. */
  readonly #trusted = new Map<string, string>();

  /**
   * @param dir Where they are shared by all processes that work in the cache. Default: a folder of this
   * process, removed when it ends.
   */
  constructor(temp: TempFiles, dir?: string) {
    this.#isOwn = dir === undefined;
    this.#dir = dir ?? temp.path();
    this.#temp = temp;
  }

  async keep({ digest }: ObjectRef, bytes: readonly Uint8Array[]): Promise<void> {
    if (this.#isOwn) removeAtEnd(this.#dir);
    const path = this.#path(digest);
    await this.#temp.write(
      async (file) => {
        for (const part of bytes) await file.writeFile(part);
        return path;
      },
      { mode: 0o444 },
    );
    const stats = await ifExists(stat(path, { bigint: true }));
    if (stats !== undefined) this.#trusted.set(digest, signatureOf(stats));
  }

  async read(ref: ObjectRef): Promise<Uint8Array | undefined> {
    const path = this.#path(ref.digest);
    const file = await ifExists(openRegular(path));
    if (file === undefined) return undefined;
    try {
      const before = signatureOf(await file.stat({ bigint: true }));
      const bytes = await file.readFile();
      if (this.#trusted.get(ref.digest) === before) return bytes;
      if (bytes.byteLength === ref.size && sha256(bytes) === ref.digest) {
        this.#trusted.set(ref.digest, before);
        return bytes;
      }
    } finally {
      await file.close();
    }
    await rm(path, { force: true });
    return undefined;
  }

  /** The path of the bytes, `undefined` if they are not there. */
  async find(ref: ObjectRef): Promise<string | undefined> {
    const path = this.#path(ref.digest);
    const stats = await ifExists(stat(path, { bigint: true }));
    if (stats === undefined) return undefined;
    const signature = signatureOf(stats);
    if (this.#trusted.get(ref.digest) === signature) return path;
    if ((await ifExists(sha256File(path)))?.digest === ref.digest) {
      this.#trusted.set(ref.digest, signature);
      return path;
    }
    await rm(path, { force: true });
    return undefined;
  }

  #path(digest: string): string {
    return join(this.#dir, digest.slice(0, 2), digest.slice(2));
  }
}

/** Removes a shared room: whoever still needs something from it makes it again. */
export async function clearDerivedFiles(dir: string, temp: TempFiles): Promise<void> {
  const aside = temp.path();
  if ((await ifExists(rename(dir, aside).then(() => true))) !== undefined)
    await rm(aside, { recursive: true, force: true });
}

const atEnd = new Set<string>();

function removeAtEnd(dir: string): void {
  if (atEnd.size === 0)
    process.once('exit', () => {
      for (const one of atEnd) rmSync(one, { recursive: true, force: true });
    });
  atEnd.add(dir);
}
