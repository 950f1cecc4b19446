import { createHash } from 'node:crypto';
import { readAhead } from './read-ahead.js';
import { openRegular } from './regular-file.js';

/** SHA-256 and size of a file, read in pieces, so that a large one is never in memory as a whole. */
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
