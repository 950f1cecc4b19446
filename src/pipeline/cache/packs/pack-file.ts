import { readSync } from 'node:fs';
import { join } from 'node:path';
import { withFile } from '../../../files/regular-file.js';
import { openSeal, sealed } from '../../../files/sealed.js';
import type { TempFiles } from '../../../files/temp-files.js';
import { sha256 } from '../../../util/sha256.js';

/** Files up to this size are put together. Bytes. */
export const SMALL = 128 * 1024;

const MAGIC = 'etude pack 1 ';
/** `etude pack 1 `, the bytes of the index in ten digits, and a line break. */
const HEAD_BYTES = MAGIC.length + 11;

/** A small file of the cache: its path there, with `/`. */
export interface SmallFile {
  path: string;
  bytes: Uint8Array;
}

/** The path of an object, or of a record under a digest, in packs. */
export function packedPath(kind: 'objects' | 'chunks' | 'derived', digest: string): string {
  return `${kind}/${digest.slice(0, 2)}/${digest.slice(2)}${kind === 'objects' ? '' : '.json'}`;
}

/** Where a file is in its pack. */
export interface Place {
  offset: number;
  size: number;
}

/**
 * Writes small files of the cache into one, `packs/<its SHA-256>.pack`: a line, a sealed index and the files'
 * bytes. Returns its name.
 *
 * @param mtime when its files were last used, if that is not now
 */
export async function writePack(
  dir: string,
  files: readonly SmallFile[],
  temp: TempFiles,
  mtime?: Date,
): Promise<string> {
  const places: Record<string, [number, number]> = {};
  let offset = 0;
  for (const { path, bytes } of files) {
    places[path] = [offset, bytes.byteLength];
    offset += bytes.byteLength;
  }
  const index = Buffer.from(sealed(JSON.stringify({ files: places })));
  const head = Buffer.from(`${MAGIC}${String(index.byteLength).padStart(10, '0')}\n`);
  const whole = Buffer.concat([head, index, ...files.map(({ bytes }) => bytes)]);
  const name = sha256(whole);
  await temp.write(
    async (file) => {
      await file.writeFile(whole);
      if (mtime !== undefined) await file.utimes(mtime, mtime);
      return packPath(dir, name);
    },
    { mode: 0o444, sync: true },
  );
  return name;
}

export function packPath(dir: string, name: string): string {
  return join(dir, `${name}.pack`);
}

/** The index of a pack; `undefined` for one that is missing or damaged there. */
export function readIndex(path: string): Map<string, Place> | undefined {
  try {
    const head = readAt(path, 0, HEAD_BYTES).toString('latin1');
    const bytes = Number(head.slice(MAGIC.length));
    if (!head.startsWith(MAGIC) || !Number.isInteger(bytes)) return undefined;
    const kept = openSeal(readAt(path, HEAD_BYTES, bytes).toString('utf8'));
    if (kept.type !== 'whole') return undefined;
    const { files } = kept.json as { files: Record<string, [number, number]> };
    const places = Object.entries(files);
    if (!places.every(([, numbers]) => numbers.every((one) => Number.isSafeInteger(one) && one >= 0)))
      return undefined;
    const start = HEAD_BYTES + bytes;
    return new Map(places.map(([file, [at, size]]) => [file, { offset: start + at, size }]));
  } catch {
    return undefined;
  }
}

/** Bytes of a file; fewer where it ends. Of its own memory, so that they can go to a thread. */
export function readAt(path: string, offset: number, size: number): Buffer {
  return withFile(path, (file, stats) => {
    // Of a pack that was cut, or that someone else made, the index may say anything.
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(size, stats.size - offset)));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.byteLength, offset));
  });
}

/** Whether a small file has the bytes it was written with: objects by their name, records by their seal. */
export function isIntact(path: string, bytes: Uint8Array): boolean {
  if (!path.startsWith('objects/')) return openSeal(Buffer.from(bytes).toString('utf8')).type === 'whole';
  return sha256(bytes) === path.slice('objects/'.length).replace('/', '');
}
