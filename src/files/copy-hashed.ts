import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/**
 * Writes pieces to a file and hashes them on the way.
 *
 * @param onPiece Sees each piece before it is written; what it throws ends the copy.
 * @returns The SHA-256 and the size of the whole.
 */
export async function copyHashed(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  to: FileHandle,
  onPiece?: (piece: Uint8Array) => void,
): Promise<{ digest: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of pieces) {
    onPiece?.(piece);
    const writing = to.writeFile(piece);
    hash.update(piece);
    await writing;
    size += piece.byteLength;
  }
  return { digest: hash.digest('hex'), size };
}

/** Bytes; as many as Node writes at a time. */
const PIECE = 1 << 19;

/** Bytes in memory, as pieces for `copyHashed`. */
export function* piecesOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts)
    for (let at = 0; at < part.byteLength; at += PIECE) yield part.subarray(at, at + PIECE);
}
