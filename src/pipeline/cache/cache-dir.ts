import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codeOf, ifExists, writeError } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { readShort } from '../../files/regular-file.js';
import { TempFiles } from '../../files/temp-files.js';
import { EtudeError } from '../../util/errors.js';

/** Incremented when the layout changes so that older versions would misread it. */
export const CACHE_FORMAT = 1;

/**
 * Where the cache is: the command-line flag, otherwise `ETUDE_CACHE_DIR`, otherwise `.etude` in the project's
 * folder.
 */
export function cacheDir(options: { projectDir: string; flag?: string; env?: NodeJS.ProcessEnv }): string {
  const { ETUDE_CACHE_DIR: variable } = options.env ?? process.env;
  const chosen = options.flag || variable;
  return chosen ? resolve(chosen) : join(options.projectDir, '.etude');
}

/**
 * Turns the folder into a cache folder: marked for backup tools, ignored by git, with the version of its
 * layout.
 */
export async function prepareCacheDir(dir: string): Promise<void> {
  const format = (await ifExists(readShort(join(dir, 'format'))))?.toString('utf8');
  // An empty one was never finished: earlier versions left it if the disk was full.
  if (format !== undefined && format.trim() !== '') return checkFormat(format, dir);
  try {
    await makeFolder(resolve(dir));
    for (const folder of ['objects', 'index', 'chunks', 'locks', 'scratch', 'tmp', 'known']) {
      await makeFolder(join(dir, folder));
    }
    // Each at once or not at all, because a full disk writes part of a file.
    const temp = new TempFiles(join(dir, 'tmp'));
    for (const [name, text] of Object.entries({ 'CACHEDIR.TAG': TAG, '.gitignore': '*\n' }))
      if (!existsSync(join(dir, name))) await temp.writeText(join(dir, name), text);
    // Last, for it says that all the rest is there.
    await temp.writeText(join(dir, 'format'), `${CACHE_FORMAT}\n`, { sync: true });
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOTDIR') {
      throw new EtudeError('the cache folder is not a folder', { where: { file: dir }, cause: error });
    }
    if (codeOf(error) === 'ENOENT') {
      throw new EtudeError('the cache folder cannot be created', { where: { file: dir }, cause: error });
    }
    throw writeError(error, dir);
  }
}

function checkFormat(text: string, dir: string): void {
  if (text.trim() === String(CACHE_FORMAT)) return;
  throw new EtudeError('the cache folder was made by a different version of Etude', {
    where: { file: dir },
    expected: `cache format ${CACHE_FORMAT}`,
    got: `cache format ${text.trim().slice(0, 20) || '(none)'}`,
    hint: 'Use that version of Etude, or another cache folder (--cache-dir, ETUDE_CACHE_DIR).',
  });
}

const TAG = `Signature: 8a477f597d28d172789f06886806bc55
# This folder is Etude's cache. Backup tools that know the signature above skip it.
# See https://bford.info/cachedir/
`;
