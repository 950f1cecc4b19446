import { createHash } from 'node:crypto';
import { readAhead } from '../files/read-ahead.js';
import { openRegular } from '../files/regular-file.js';

/** Lower-case hexadecimal SHA-256 of bytes or of a string's UTF-8. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 and size of a file, read in pieces, so that a large one never lies in memory whole. */
export async function sha256File(path: string): Promise<{ digest: string; size: number }> {
  const file = await openRegular(path);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of readAhead(file)) {
      hash.update(piece);
      size += piece.byteLength;
    }
    return { digest: hash.digest('hex'), size };
  } finally {
    await file.close();
  }
}
