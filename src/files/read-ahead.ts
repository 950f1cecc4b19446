import type { FileHandle } from 'node:fs/promises';

const PIECE = 1 << 20;

/**
 * The bytes of a file from its current position, in pieces: while one is looked at, the next is being read. A
 * piece is overwritten once the one after it has been asked for.
 */
export async function* readAhead(file: FileHandle): AsyncGenerator<Uint8Array> {
  let [current, other] = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)];
  let reading = file.read(current, 0, PIECE, null);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      reading = file.read(other, 0, PIECE, null);
      yield current.subarray(0, bytesRead);
      [current, other] = [other, current];
    }
  } finally {
    // Whoever stops in the middle closes the file: not before the read has ended.
    await reading.catch(() => undefined);
  }
}
