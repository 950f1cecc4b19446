import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EtudeError } from '../../util/errors.js';

/** Bytes that are read a range at a time, so that a checkpoint of gigabytes is never in memory as a whole. */
export interface ByteSource {
  /** The number of bytes. */
  readonly size: number;
  /** The bytes [begin, end), which must be within the size; possibly a view of shared memory. */
  read(begin: number, end: number): Uint8Array;
}

/** Bytes that are already in memory. */
export function bytesInMemory(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (begin, end) => bytes.subarray(begin, end) };
}

/** The bytes of a file, which is opened anew for each read. */
export function bytesOfFile(path: string): ByteSource {
  return {
    size: withFile(path, (file) => fstatSync(file).size),
    read: (begin, end) => read(path, begin, end),
  };
}

/** Node reads at most 2³¹ − 1 bytes at a time. */
const MOST_AT_ONCE = 2 ** 30;

function read(path: string, begin: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - begin);
  withFile(path, (file) => {
    for (let at = 0; at < bytes.length; ) {
      const got = readSync(file, bytes, at, Math.min(bytes.length - at, MOST_AT_ONCE), begin + at);
      if (got === 0)
        throw new EtudeError('the file shrank while it was being read', { where: { file: path } });
      at += got;
    }
  });
  return bytes;
}

function withFile<T>(path: string, use: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}
