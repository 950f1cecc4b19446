import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { EtudeError } from '../util/errors.js';
import { count } from '../util/words.js';

/** Files that are read in one go are texts that people or Etude write: anything longer is something else. */
const MOST_BYTES = 256 * 2 ** 20;
/** Read at once, while nothing else happens. */
const QUICK_BYTES = 2 ** 20;

/**
 * Opening a pipe without a writer would block forever; a terminal must not become this process's controlling
 * one.
 */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/**
 * Opens a regular file to be read. Never blocks: anything else (a folder, a pipe, a socket, a device) is
 * refused at once.
 *
 * @throws EtudeError for anything that is not a file; the system's own error if there is nothing, or no
 * permission to read it
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, FLAGS).catch((error: unknown) => {
    throw refusal(error, path);
  });
  const stats = await file.stat();
  if (stats.isFile()) return file;
  await file.close();
  throw notAFile(path, stats);
}

/**
 * All bytes of a short file, a regular one (see `openRegular`).
 *
 * @param most bytes; a longer file is an EtudeError
 */
export async function readShort(path: string, most = MOST_BYTES): Promise<Buffer> {
  // Each step through the thread pool takes longer than all of them at once.
  const quick = withFile(path, (file, { size }) =>
    size <= Math.min(most, QUICK_BYTES) ? readFileSync(file) : undefined,
  );
  if (quick !== undefined) return quick;
  const file = await openRegular(path);
  try {
    checkSize((await file.stat()).size, path, most);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The same, synchronously. */
export function readShortSync(path: string, most = MOST_BYTES): Buffer {
  return withFile(path, (file, { size }) => {
    checkSize(size, path, most);
    return readFileSync(file);
  });
}

/** What a function gives for a regular file (see `openRegular`), opened while it runs. */
export function withFile<T>(path: string, read: (file: number, stats: Stats) => T): T {
  let file: number;
  try {
    file = openSync(path, FLAGS);
  } catch (error) {
    throw refusal(error, path);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw notAFile(path, stats);
    return read(file, stats);
  } finally {
    closeSync(file);
  }
}

function checkSize(size: number, path: string, most: number): void {
  if (size <= most) return;
  throw new EtudeError('the file is too large to read as a whole', {
    where: { file: path },
    expected: `${count(most, 'byte')} or less`,
    got: count(size, 'byte'),
  });
}

/** What cannot even be opened: a socket, and links that lead to each other. */
function refusal(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENXIO' || code === 'EOPNOTSUPP') return notAFile(path, undefined);
  if (code === 'ELOOP') return new EtudeError('the link points to itself', { where: { file: path } });
  return error;
}

function notAFile(path: string, stats: Stats | undefined): EtudeError {
  return new EtudeError('not a file', {
    where: { file: path },
    expected: 'a regular file',
    got: kindOf(stats),
  });
}

/** What something that is not a file is; a socket cannot be opened to find out. */
export function kindOf(stats: Pick<Stats, 'isSocket' | 'isDirectory' | 'isFIFO'> | undefined): string {
  if (stats === undefined || stats.isSocket()) return 'a socket';
  if (stats.isDirectory()) return 'a folder';
  return stats.isFIFO() ? 'a pipe' : 'a device';
}
