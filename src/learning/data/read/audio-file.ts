import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { FileInPieces } from '../../../files/file-in-pieces.js';
import { readShort } from '../../../files/regular-file.js';
import { repositoryFolder } from '../../../stage/source-folder.js';
import { EtudeError, type Where } from '../../../util/errors.js';
import { pointsOutside } from '../../../util/points-outside.js';
import { chunkLimits } from '../chunking.js';
import type { EncodedAudio } from '../column.js';
import type { LargeAudio } from '../encode-large.js';
import type { DataFile } from './table.js';

/** Where audio that rows name may be. */
export interface AudioPlace {
  /** The dataset's folder. */
  root: string;
  /** Whether it must also be below the file that names it. */
  audioBelow?: boolean;
  /** The folder given for it (`data_root`), in place of both. */
  dataRoot?: string;
}

/** A row names a file outside of the folders that it may use. */
export class PointsOutsideError extends EtudeError {}

/**
 * The audio file that a row of `table` names: a path relative to the table's folder (or to `dataRoot`, if it
 * is not there), with folders separated by `/` or `\`. A URL, a path that points outside the permitted
 * folders, and a missing file are EtudeErrors with the row's position. A link in the folder may lead
 * anywhere: the user put it there, while a path came with the data.
 */
export async function referencedFile(
  value: string,
  table: DataFile,
  { root, audioBelow = false, dataRoot }: AudioPlace,
  where: Where,
): Promise<DataFile> {
  const got = `'${value}'`;
  if (value.includes('://') || value.includes('\0'))
    throw new EtudeError('an audio file is given as a URL', {
      expected: 'a path inside the data folder',
      got,
      where,
    });
  const folder = dirname(table.path);
  const top = dataRoot ?? root;
  const below = audioBelow && dataRoot === undefined;
  const inside = [folder, dataRoot ?? folder]
    .flatMap((base) => [value, value.replaceAll('\\', '/')].map((path) => resolve(base, path)))
    .filter((path) => !namesNoFile(relative(top, path)))
    .filter((path) => !below || !(namesNoFile(relative(folder, path)) || isAbsolute(value)));
  if (inside.length === 0) {
    const expected = below
      ? "the metadata file's folder"
      : dataRoot === undefined
        ? 'the data folder'
        : 'data_root';
    throw new PointsOutsideError('the path of an audio file points outside the data folder', {
      expected: `a path inside ${expected}`,
      got,
      where,
      hint:
        table.repository === undefined && dataRoot === undefined
          ? 'data_root: FOLDER allows audio in that folder.'
          : undefined,
    });
  }
  for (const path of new Set(inside)) {
    const shown = relative(top, path).split(sep).join('/');
    const { repository } = table;
    if (repository === undefined) {
      const stats = await stat(path).catch(() => undefined);
      if (stats?.isFile()) return { name: shown, path, shown };
      continue;
    }
    const file = repositoryFolder(repository);
    if (await file.isFile(shown)) return { ...file.file(shown), shown, repository };
  }
  throw new EtudeError('an audio file is missing', {
    expected:
      dataRoot === undefined
        ? 'a path relative to the file that refers to it'
        : 'a file in data_root, by its path from there or from the file that refers to it',
    got,
    where,
  });
}

/** Whether a relative path does not name a file inside its folder. */
function namesNoFile(name: string): boolean {
  return name === '' || pointsOutside(name);
}

/**
 * The unchanged bytes of an audio file, with its relative name as the path. One that is too large to share a
 * chunk with others is not read yet.
 */
export async function readAudio(file: DataFile, where: Where): Promise<EncodedAudio | LargeAudio> {
  try {
    if (statSync(file.path).size > chunkLimits.maxBytes)
      return { bytes: await FileInPieces.open(file.path), path: file.name };
    return { bytes: await readShort(file.path, Number.POSITIVE_INFINITY), path: file.name };
  } catch (cause) {
    throw new EtudeError('an audio file cannot be read', { got: (cause as Error).message, where, cause });
  }
}
