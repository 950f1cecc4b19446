import type { AsyncBuffer } from 'hyparquet';
import { count } from '../../../util/words.js';
import type { DataFile } from './table.js';

/** A file on the Hub, read by Range requests; its last `tailBytes` in a single one. */
export function remoteBuffer(file: DataFile, tailBytes: number): AsyncBuffer {
  const { repository, origin, size = 0 } = file;
  const start = Math.max(0, size - tailBytes);
  const read = async (from: number, to: number) => repository!.read(origin!.file, from, to);
  let tail: Promise<Uint8Array> | undefined;
  return {
    byteLength: size,
    async slice(from, to = size) {
      if (from < 0 || to > size)
        throw new Error(`data at ${from} to ${to}, but the file has ${count(size, 'byte')}`);
      if (from < start) return bufferOf(await read(from, to));
      tail ??= read(start, size);
      return bufferOf((await tail).slice(from - start, to - start));
    },
  };
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
