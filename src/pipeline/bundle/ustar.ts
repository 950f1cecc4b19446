import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';

/** Records of a tar archive are this long. Bytes. */
export const BLOCK = 512;

/** The largest size in a ustar header: eleven octal digits. Bytes. */
export const LARGEST_MEMBER = 8 ** 11 - 1;

const NAME = 100;
const PREFIX = 155;

/**
 * The header of a regular file in a ustar archive (POSIX.1-1988): mode 0644, no owner, no time, so that the
 * same content gives the same archive. It is the only header that a bundle may have: headers that are read
 * are compared with it, byte for byte.
 *
 * @throws EtudeError for a name that does not fit (255 bytes of UTF-8 at most, with a `/` where it must be
 * split), or a file above 8 GiB
 */
export function ustarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const [prefix, rest] = splitName(name);
  if (!Number.isSafeInteger(size) || size < 0 || size > LARGEST_MEMBER) {
    throw new EtudeError('too large for a bundle', {
      where: { file: name },
      expected: `at most ${LARGEST_MEMBER} bytes`,
      got: count(size, 'byte'),
    });
  }
  rest.copy(header, 0);
  header.write('0000644\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.write('00000000000\0', 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  prefix.copy(header, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** How many zeros follow a member of that size, up to the next record. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** The size of a member in the archive. Bytes. */
export function storedSize(size: number): number {
  return BLOCK + size + padding(size);
}

/** The size that a header claims, whatever else it says; `undefined` if that is not a number. */
export function claimedSize(header: Buffer): number | undefined {
  const text = header.toString('latin1', 124, 135);
  return /^[0-7]{11}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

const TYPES: Record<string, string> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '5': 'a folder',
  '6': 'a named pipe',
  x: 'an extended header',
  g: 'an extended header',
  L: 'a GNU long-name header',
  K: 'a GNU long-link header',
  S: 'a sparse file',
};

/** What an unexpected header stands for, in words for a message. */
export function describeHeader(header: Buffer): string {
  if (header.every((byte) => byte === 0)) return 'the end of the archive';
  const [name = ''] = header.toString('utf8', 0, NAME).split('\0');
  const type = TYPES[String.fromCharCode(header[156]!)] ?? 'a file';
  return `${type}, ${JSON.stringify(name)}`;
}

function splitName(name: string): [prefix: Buffer, rest: Buffer] {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length <= NAME) return [Buffer.alloc(0), bytes];
  for (let at = Math.max(1, bytes.length - NAME - 1); at <= PREFIX && at < bytes.length - 1; at++) {
    if (bytes[at] === 0x2f) return [bytes.subarray(0, at), bytes.subarray(at + 1)];
  }
  throw new EtudeError('the name is too long for a bundle', {
    where: { file: name },
    expected: `at most ${NAME} bytes, or ${PREFIX} and ${NAME} on both sides of a /`,
    got: count(bytes.length, 'byte'),
  });
}
