import type { FileHandle } from 'node:fs/promises';

/** Bytes. */
const PIECE = 1 << 20;

/**
 * The bytes of a file from its current position, in pieces: the next one is read while the current one is
 * used. A piece is overwritten once the piece after it has been requested.
 */
export async function* readAhead(file: FileHandle): AsyncGenerator<Uint8Array> {
  // Of thousands of small files, most would be read into megabytes that nothing else uses.
  const piece = Math.min(PIECE, Math.max(4096, (await file.stat()).size + 1));
  let [current, other] = [Buffer.allocUnsafeSlow(piece), Buffer.allocUnsafeSlow(piece)];
  let reading = file.read(current, 0, piece, null);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      reading = file.read(other, 0, piece, null);
      yield current.subarray(0, bytesRead);
      [current, other] = [other, current];
    }
  } finally {
    // A consumer that stops midway closes the file, which must wait until the read has ended.
    await reading.catch(() => undefined);
  }
}
