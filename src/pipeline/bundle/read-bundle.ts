import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../../files/regular-file.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import {
  archiveSize,
  LARGEST_MANIFEST,
  MANIFEST,
  type Manifest,
  type Member,
  parseManifest,
} from './manifest.js';
import { BLOCK, claimedSize, describeHeader, padding, ustarHeader } from './ustar.js';

const PIECE = 1 << 20;

/**
 * Where a member's bytes go. It is finished once all of them have been written and their digest was right;
 * otherwise it is abandoned.
 */
export interface Sink {
  write(piece: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

export interface ReadOptions {
  signal?: AbortSignal;
  progress?(bytes: number, total: number): void;
}

/** A bundle whose manifest has been read, and whose size matches the manifest. */
export interface OpenBundle {
  readonly manifest: Manifest;
  /** Streams every member into its own sink, one after another, and checks each digest. */
  extract(sink: (member: Member) => Promise<Sink>, options?: ReadOptions): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a bundle that anybody may have made. Nothing in it is trusted: the only archive accepted is the one
 * that `writeBundle` would have written for its manifest, byte for byte between the members' contents, so
 * that there are no links, no devices, no other names, and no bytes that are not accounted for. All of that
 * is known before the first member is written anywhere.
 */
export async function openBundle(path: string): Promise<OpenBundle> {
  const file = await openRegular(path);
  try {
    const { manifest, start, size } = await readHead(file, path);
    return {
      manifest,
      extract: (sink, options = {}) => extractAll(file, path, { manifest, start, size }, sink, options),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Head {
  manifest: Manifest;
  /** Where the first member after the manifest begins. */
  start: number;
  size: number;
}

async function readHead(file: FileHandle, path: string): Promise<Head> {
  const stats = await file.stat();
  if (!stats.isFile()) throw new EtudeError('not a bundle', { where: { file: path }, expected: 'a file' });
  const header = await readExactly(file, 0, Math.min(BLOCK, stats.size));
  const length = header.length === BLOCK ? claimedSize(header) : undefined;
  if (length === undefined || !header.equals(ustarHeader(MANIFEST, length))) throw notABundle(path, header);
  if (length > LARGEST_MANIFEST) {
    throw new EtudeError('the bundle is refused: it lists too many members', {
      where: { file: path },
      expected: `a manifest of at most ${LARGEST_MANIFEST} bytes`,
      got: count(length, 'byte'),
    });
  }
  if (BLOCK + length + padding(length) > stats.size) throw cutShort(path);
  const bytes = await readExactly(file, BLOCK, length);
  await expectZeros(file, BLOCK + length, padding(length), path);
  const manifest = parseManifest(bytes, path);
  const expected = archiveSize(bytes, manifest.members);
  if (stats.size < expected) throw cutShort(path, expected, stats.size);
  if (stats.size > expected) {
    throw new EtudeError('the bundle is refused: it has more than its manifest lists', {
      where: { file: path },
      expected: count(expected, 'byte'),
      got: count(stats.size, 'byte'),
    });
  }
  return { manifest, start: BLOCK + length + padding(length), size: stats.size };
}

async function extractAll(
  file: FileHandle,
  path: string,
  { manifest, start, size }: Head,
  sinkOf: (member: Member) => Promise<Sink>,
  { signal, progress }: ReadOptions,
): Promise<void> {
  // All headers before any content: a bundle with one bad member writes nothing.
  let at = start;
  for (const member of manifest.members) {
    signal?.throwIfAborted();
    const header = await readExactly(file, at, BLOCK);
    if (!header.equals(ustarHeader(member.name, member.size))) {
      throw new EtudeError('the bundle is refused: it does not match its manifest', {
        where: { file: path },
        expected: `a file, ${JSON.stringify(member.name)}, of ${count(member.size, 'byte')}`,
        got: describeHeader(header),
      });
    }
    at += BLOCK + member.size;
    await expectZeros(file, at, padding(member.size), path);
    at += padding(member.size);
  }
  await expectZeros(file, at, size - at, path);

  at = start;
  for (const member of manifest.members) {
    const sink = await sinkOf(member);
    at += BLOCK;
    try {
      const hash = createHash('sha256');
      for (let done = 0; done < member.size; ) {
        signal?.throwIfAborted();
        const piece = await readExactly(file, at + done, Math.min(PIECE, member.size - done));
        hash.update(piece);
        await sink.write(piece);
        done += piece.length;
        progress?.(at + done, size);
      }
      if (hash.digest('hex') !== member.sha256) {
        throw new EtudeError("the bundle is damaged: a member's content does not match its digest", {
          where: { file: path },
          got: JSON.stringify(member.name),
        });
      }
    } catch (error) {
      await sink.abandon();
      throw error;
    }
    await sink.finish();
    at += member.size + padding(member.size);
  }
}

async function readExactly(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw new EtudeError('the bundle was truncated while it was being read');
    done += bytesRead;
  }
  return bytes;
}

async function expectZeros(file: FileHandle, at: number, length: number, path: string): Promise<void> {
  if ((await readExactly(file, at, length)).every((byte) => byte === 0)) return;
  throw new EtudeError('the bundle is refused: there are bytes between its members', {
    where: { file: path },
  });
}

function notABundle(path: string, header: Buffer): EtudeError {
  const compressed = header[0] === 0x1f && header[1] === 0x8b;
  return new EtudeError('not an Etude bundle', {
    where: { file: path },
    expected: `an archive that begins with ${MANIFEST}`,
    got: compressed ? 'a compressed file' : header.length < BLOCK ? 'a shorter file' : describeHeader(header),
    hint: compressed ? 'Unpack it with gunzip first.' : undefined,
  });
}

function cutShort(path: string, expected?: number, got?: number): EtudeError {
  return new EtudeError('the bundle is truncated, or claims more than it has', {
    where: { file: path },
    expected: expected === undefined ? undefined : count(expected, 'byte'),
    got: got === undefined ? undefined : count(got, 'byte'),
  });
}
