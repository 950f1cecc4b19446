import { open } from 'node:fs/promises';
import { ifExists } from '../../files/fs-errors.js';
import { EVENT } from './store/store-keys.js';

const MOST_BYTES = 8192;

/**
 * The last lines of a file that is still being written, without empty ones and events; none if there is no
 * file.
 */
export async function lastLines(path: string, most = 5): Promise<string[]> {
  const file = await ifExists(open(path, 'r'));
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - MOST_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, start);
    const lines = buffer.toString('utf8', 0, bytesRead).split(/\r\n|[\n\r]/);
    // The first one may be cut off.
    return lines
      .slice(start > 0 ? 1 : 0)
      .filter((line) => line.trim() !== '' && !line.startsWith(EVENT))
      .slice(-most);
  } finally {
    await file.close();
  }
}
