import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { EtudeError, type Where } from '../../errors.js';
import { leadsOut } from '../../leads-out.js';
import { repositoryFolder } from '../../source-folder.js';
import type { EncodedAudio } from '../column.js';
import { isInside } from './inside.js';
import type { DataFile } from './table.js';

/**
 * The audio file that a row of `table` names: a path relative to the table's folder. It must lie inside the data set's folder, `root`,
 * and, with `below`, inside the table's: a URL, a path or a link that escapes, and a file that is not there are EtudeErrors with the
 * row's place.
 */
export async function referencedFile(
  value: string,
  table: DataFile,
  root: string,
  where: Where,
  below = false,
): Promise<DataFile> {
  const refuse = (message: string, expected: string) =>
    new EtudeError(message, { expected, got: `'${value}'`, where });
  if (value.includes('://') || value.includes('\0'))
    throw refuse('an audio file is named by a URL', 'a path inside the data folder');
  const folder = dirname(table.path);
  const path = resolve(folder, value);
  const name = relative(root, path);
  if (namesNoFile(name) || (below && (namesNoFile(relative(folder, path)) || isAbsolute(value)))) {
    const inside = below ? "a path inside the metadata file's folder" : 'a path inside the data folder';
    throw refuse('the path of an audio file leads out of the data folder', inside);
  }
  const shown = name.split(sep).join('/');
  const missing = () => refuse('an audio file is missing', 'a file relative to the file that names it');
  const { repository } = table;
  if (repository !== undefined) {
    const file = repositoryFolder(repository);
    if (!(await file.isFile(shown))) throw missing();
    return { ...file.file(shown), shown, repository };
  }
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) throw missing();
  if (!(await isInside(root, path))) {
    throw refuse('a link to an audio file leads out of the data folder', 'a file inside the data folder');
  }
  return { name: shown, path, shown };
}

/** Whether a relative path names no file of its folder. */
function namesNoFile(name: string): boolean {
  return name === '' || leadsOut(name);
}

/** The bytes of an audio file as they are, with its relative name as its path. */
export async function readAudio(file: DataFile, where: Where): Promise<EncodedAudio> {
  try {
    return { bytes: await readFile(file.path), path: file.name };
  } catch (cause) {
    throw new EtudeError('an audio file cannot be read', { got: (cause as Error).message, where, cause });
  }
}
