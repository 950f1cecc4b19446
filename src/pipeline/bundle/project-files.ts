import { constants } from 'node:fs';
import { copyFile, link, lstat, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, ifExists } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { sha256File } from '../../files/sha256-file.js';
import { EtudeError } from '../../util/errors.js';

/** A file of a bundle for the project: its name there (relative, with `/`), and its digest. */
export interface ProjectFile {
  path: string;
  sha256: string;
}

/**
 * Which of the files do not exist yet. A file with the same bytes counts as written; one with other bytes is
 * never overwritten, and a link on the way is never followed: an EtudeError names them all.
 */
export async function missingFiles(dir: string, files: readonly ProjectFile[]): Promise<ProjectFile[]> {
  const missing: ProjectFile[] = [];
  const differ: string[] = [];
  for (const file of files) {
    if (!(await foldersAreReal(dir, file.path))) {
      missing.push(file);
      continue;
    }
    const target = join(dir, file.path);
    const stats = await ifExists(lstat(target));
    if (stats === undefined) missing.push(file);
    else if (!stats.isFile() || (await sha256File(target)).digest !== file.sha256) differ.push(file.path);
  }
  if (differ.length > 0) {
    const shown = differ.slice(0, 10).join(', ');
    throw new EtudeError("files already exist, and differ from the bundle's", {
      where: { file: dir },
      got: differ.length > 10 ? `${shown} and ${differ.length - 10} more` : shown,
      hint: 'Nothing was written. Give another folder, or move the files away.',
    });
  }
  return missing;
}

/** True if all parent folders of a file exist; an EtudeError if one of them is a link or a file. */
async function foldersAreReal(dir: string, path: string): Promise<boolean> {
  const parts = path.split('/').slice(0, -1);
  for (let i = 1; i <= parts.length; i++) {
    const folder = join(dir, ...parts.slice(0, i));
    const stats = await ifExists(lstat(folder));
    if (stats === undefined) return false;
    if (!stats.isDirectory()) {
      throw new EtudeError('the bundle has files below this path, which is not a folder', {
        where: { file: folder },
        got: stats.isSymbolicLink() ? 'a symbolic link' : 'a file',
        hint: 'Nothing was written. Give another folder.',
      });
    }
  }
  return true;
}

/**
 * Moves finished files from `from` into the project: each appears complete, and none replaces another. If one
 * fails, those before it are removed again.
 */
export async function placeFiles(
  from: string,
  dir: string,
  files: readonly ProjectFile[],
): Promise<{ undo(): Promise<void> }> {
  const made: string[] = [];
  const undo = async () => {
    for (const path of made.reverse()) await rm(path, { force: true });
  };
  try {
    for (const file of files) {
      const target = join(dir, file.path);
      await makeFolder(dirname(target));
      await foldersAreReal(dir, file.path);
      try {
        await appear(join(from, file.path), target);
        made.push(target);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        await missingFiles(dir, [file]);
      }
    }
  } catch (error) {
    await undo();
    throw error;
  }
  return { undo };
}

/**
 * Puts a file in place by a link rather than a rename, so that it never replaces a file that was created in
 * between. By a copy where there are no links.
 */
async function appear(from: string, target: string): Promise<void> {
  try {
    await link(from, target);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    await copyFile(from, target, constants.COPYFILE_EXCL);
  }
}
