import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf } from '../../files/fs-errors.js';
import { sha256File } from '../../files/sha256-file.js';
import type { ObjectRef } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import { isRacy, type StatMemo, signatureOf } from './stat-memo.js';

/** SHA-256 of users' files, hashed only if their signature is new or too recent to be trusted. */
export class FileDigests {
  readonly #memo: StatMemo<string>;

  constructor(memo: StatMemo<string>) {
    this.#memo = memo;
  }

  /**
   * Throws an EtudeError for a file that is missing, unreadable, not a file, or written to while it is read.
   */
  async digest(path: string): Promise<ObjectRef> {
    const key = resolve(path);
    try {
      for (let attempt = 0; attempt < 3; attempt++) {
        const before = statSync(key, { bigint: true });
        if (!before.isFile())
          throw new EtudeError('not a file', { where: { file: path }, expected: 'a file' });
        const signature = signatureOf(before);
        const known = this.#memo.get(key, signature);
        if (known !== undefined) return { digest: known, size: Number(before.size) };
        const ref = await sha256File(key);
        const after = statSync(key, { bigint: true });
        if (signatureOf(after) !== signature) continue;
        if (!isRacy(after)) this.#memo.set(key, signature, ref.digest);
        return ref;
      }
    } catch (error) {
      throw readError(error, path);
    }
    throw new EtudeError('the file is changing while it is being read', {
      where: { file: path },
      hint: 'Run again when it is complete.',
    });
  }

  /** The digest if it is known without reading the file. */
  async known(path: string): Promise<ObjectRef | undefined> {
    const stats = statSync(path, { bigint: true });
    const digest = this.#memo.get(resolve(path), signatureOf(stats));
    return digest === undefined ? undefined : { digest, size: Number(stats.size) };
  }
}

/** A user's file that cannot be read, reported by its path. */
export function readError(error: unknown, path: string): unknown {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new EtudeError('no such file', { where: { file: path }, cause: error });
    case 'EACCES':
    case 'EPERM':
      return new EtudeError('no permission to read the file', { where: { file: path }, cause: error });
    case 'EISDIR':
      return new EtudeError('not a file but a folder', { where: { file: path }, cause: error });
    default:
      return error;
  }
}
