import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EtudeError } from '../util/errors.js';
import { count } from '../util/words.js';
import { openRegular } from './regular-file.js';

/** Bytes. */
const PIECE = 1 << 20;

/** A file that is too large to be in memory as a whole: it is read in pieces, as often as it is needed. */
export class FileInPieces {
  private constructor(
    readonly path: string,
    readonly byteLength: number,
    /** Its first bytes. */
    readonly head: Uint8Array,
  ) {}

  /**
   * Looks at a file, and closes it again.
   *
   * @throws EtudeError like `openRegular`
   */
  static async open(path: string): Promise<FileInPieces> {
    const file = await openRegular(path);
    try {
      const { size } = await file.stat();
      const head = new Uint8Array(Math.min(size, 64 * 1024));
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      return new FileInPieces(path, size, head.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  }

  /**
   * Its bytes in order. A piece is overwritten by the next one.
   *
   * @throws EtudeError if their number is not that of before
   */
  *pieces(): Generator<Uint8Array> {
    const file = openSync(this.path, 'r');
    try {
      const { size } = fstatSync(file);
      if (size !== this.byteLength) throw this.#changed(size);
      const piece = Buffer.allocUnsafeSlow(PIECE);
      for (let at = 0; at < size; ) {
        const bytes = readSync(file, piece, 0, Math.min(PIECE, size - at), at);
        if (bytes === 0) throw this.#changed(at);
        at += bytes;
        yield piece.subarray(0, bytes);
      }
    } finally {
      closeSync(file);
    }
  }

  /** All of its bytes. */
  whole(): Uint8Array {
    const bytes = new Uint8Array(this.byteLength);
    let at = 0;
    for (const piece of this.pieces()) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  #changed(size: number): EtudeError {
    return new EtudeError('the file changed while it was read', {
      where: { file: this.path },
      expected: count(this.byteLength, 'byte'),
      got: String(size),
    });
  }
}
