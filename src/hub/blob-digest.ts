import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';

/**
 * A hash whose result is the name of a blob of this size: SHA-256 of the bytes, or git's SHA-1 of header and
 * bytes.
 */
export function blobHash(etag: string, size: number): Hash {
  return etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

/**
 * Feeds a file's first `length` bytes to a hash; fewer if the file is shorter. Resolves with their number.
 */
export async function hashFile(path: string, hash: Hash, length = Number.POSITIVE_INFINITY): Promise<number> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(1 << 20);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, length - done), done);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
    return done;
  } finally {
    await file.close();
  }
}

/** Whether a file's bytes are those of the blob. */
export async function isBlob(path: string, etag: string, size: number): Promise<boolean> {
  const hash = blobHash(etag, size);
  const read = await hashFile(path, hash).catch(() => -1);
  return read === size && hash.digest('hex') === etag;
}
