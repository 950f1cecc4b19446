import { createReadStream } from 'node:fs';
import type { Upload } from './types.js';

/** A file on disk, to be stored. It must not change until it is. */
export function diskUpload(path: string, size: number): Upload {
  return {
    size,
    async *pieces(start = 0, end = size) {
      if (end > start) yield* createReadStream(path, { highWaterMark: 1 << 20, start, end: end - 1 });
    },
  };
}
