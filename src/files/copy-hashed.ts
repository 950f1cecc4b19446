import type { FileHandle } from 'node:fs/promises';
import { hashingOf } from './hashing.js';

/** Bytes after which a file that is still being written is flushed for the first time, and again. */
const FLUSHED = 16 << 20;

export interface CopyOptions {
  /** Sees each piece before it is written; what it throws ends the copy. */
  onPiece?(piece: Uint8Array): void;
  /** Bytes to come, as far as is known: many are hashed on a thread of their own. Default 0. */
  size?: number;
}

/**
 * Writes pieces to a file and hashes them on the way. What is written of a large file is flushed meanwhile,
 * so that little is left to do for a `sync` of the whole, which is up to the caller.
 *
 * @returns The SHA-256 and the size of the whole.
 */
export async function copyHashed(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  to: FileHandle,
  { onPiece, size: expected = 0 }: CopyOptions = {},
): Promise<{ digest: string; size: number }> {
  const hashing = await hashingOf(expected);
  const flusher = new Flusher(to);
  let size = 0;
  try {
    for await (const piece of pieces) {
      onPiece?.(piece);
      const [written, hashed] = await Promise.allSettled([write(to, piece), hashing.update(piece)]);
      if (written.status === 'rejected') throw written.reason;
      if (hashed.status === 'rejected') throw hashed.reason;
      size += piece.byteLength;
      flusher.written(size);
    }
    await flusher.idle;
    // The system reports a failure to one flush, and not to the next.
    if (flusher.failure !== undefined) throw flusher.failure;
    return { digest: await hashing.digest(), size };
  } finally {
    await flusher.idle;
    hashing.release();
  }
}

/** All at once if the system can: what remains would wait until the piece is hashed. */
async function write(to: FileHandle, piece: Uint8Array): Promise<void> {
  for (let rest = piece; rest.byteLength > 0; ) {
    const { bytesWritten } = await to.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}

/** Flushes a file in the background while it is written. */
class Flusher {
  readonly #file: FileHandle;
  #flushed = 0;
  #busy = false;
  /** Settles once nothing is being flushed. */
  idle: Promise<void> = Promise.resolve();
  failure: unknown;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @param size Bytes that have been written so far. */
  written(size: number): void {
    if (this.#busy || size - this.#flushed < FLUSHED) return;
    this.#flushed = size;
    this.#busy = true;
    this.idle = this.#flush();
  }

  async #flush(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (error) {
      this.failure ??= error;
    } finally {
      this.#busy = false;
    }
  }
}

/** Bytes. */
const PIECE = 1 << 20;

/** Bytes in memory, as pieces for `copyHashed`. */
export function* piecesOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts)
    for (let at = 0; at < part.byteLength; at += PIECE) yield part.subarray(at, at + PIECE);
}
