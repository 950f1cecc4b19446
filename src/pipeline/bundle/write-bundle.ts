import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { copyHashed } from '../../files/copy-hashed.js';
import { readAhead } from '../../files/read-ahead.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { partFileFor, sweepPartFiles } from '../cache/part-files.js';
import type { Collected, Packed } from './collect.js';
import { formatManifest, LARGEST_MANIFEST, MANIFEST, type Manifest, MOST_MEMBERS } from './manifest.js';
import { BLOCK, padding, ustarHeader } from './ustar.js';

export interface WriteOptions {
  signal?: AbortSignal;
  /** Replaces an existing file. */
  force?: boolean;
  /** Called with the bytes written so far. */
  progress?(bytes: number, total: number): void;
}

/**
 * Writes a bundle: a ustar archive whose first member lists all others. Equal content gives equal bytes;
 * members are streamed, and hashed on the way. The file appears complete or not at all.
 *
 * @returns its bytes
 */
export async function writeBundle(
  file: string,
  { manifest, packed }: Collected,
  options: WriteOptions = {},
): Promise<number> {
  const members = packed.map(({ name, size, sha256 }) => ({ name, size, sha256 }));
  const head = formatManifest({ ...manifest, members } satisfies Manifest);
  if (members.length > MOST_MEMBERS || head.length > LARGEST_MANIFEST) {
    throw new EtudeError('too many files for a bundle', {
      expected: `at most ${MOST_MEMBERS}`,
      got: String(members.length),
      hint: 'Include less of the cache: --objects small, or none.',
    });
  }
  // Throws before anything is written.
  for (const { name, size } of members) ustarHeader(name, size);
  if (!options.force && (await stat(file).catch(() => undefined)) !== undefined) {
    throw new EtudeError('the file already exists', {
      where: { file },
      hint: 'Give another name, or use --force.',
    });
  }
  const total = packed.reduce((sum, { size }) => sum + size, head.length);
  await sweepPartFiles(file);
  const part = partFileFor(file);
  try {
    const out = await open(part, 'wx');
    try {
      let done = 0;
      const report = (bytes: number) => {
        done += bytes;
        options.progress?.(done, total);
      };
      await out.writeFile(Buffer.concat([ustarHeader(MANIFEST, head.length), head, zeros(head.length)]));
      report(head.length);
      for (const member of packed) {
        await out.writeFile(ustarHeader(member.name, member.size));
        await writeMember(out, member, report, options.signal);
        await out.writeFile(zeros(member.size));
      }
      await out.writeFile(Buffer.alloc(2 * BLOCK));
      await out.sync();
    } finally {
      await out.close();
    }
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
  return (await stat(file)).size;
}

function zeros(size: number): Buffer {
  return Buffer.alloc(padding(size));
}

async function writeMember(
  out: FileHandle,
  { name, size, sha256, from }: Packed,
  report: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  if ('bytes' in from) {
    await out.writeFile(from.bytes);
    return report(size);
  }
  const source = await open(from.file, 'r');
  const onPiece = (piece: Uint8Array) => {
    signal?.throwIfAborted();
    report(piece.length);
  };
  const copied = await copyHashed(readAhead(source), out, { onPiece, size }).finally(() => source.close());
  if (copied.size === size && copied.digest === sha256) return;
  throw new EtudeError('the file changed, or is damaged', {
    where: { file: from.file },
    expected: `${count(size, 'byte')} with SHA-256 ${sha256.slice(0, 12)}…`,
    hint: name.startsWith('cache/')
      ? 'Run the recipe with --verify: whatever is damaged is recomputed.'
      : 'Run etude bundle again.',
  });
}
