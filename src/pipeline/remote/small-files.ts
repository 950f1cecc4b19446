import type { Upload } from './types.js';

/** Bytes in memory, to be stored. */
export function uploadOf(bytes: Uint8Array): Upload {
  return {
    size: bytes.length,
    async *pieces(start, end) {
      yield bytes.subarray(start, end);
    },
  };
}

/** All bytes of something short; `undefined` as soon as there are more than `most`. */
export async function collect(
  pieces: AsyncIterable<Uint8Array>,
  most: number,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const collected: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size > most) return undefined;
    collected.push(piece);
  }
  return Buffer.concat(collected);
}
