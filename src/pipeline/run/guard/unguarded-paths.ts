import { homedir, tmpdir } from 'node:os';
import { dirname, join, parse, relative, sep } from 'node:path';
import { pointsOutside } from '../../../util/points-outside.js';
import { isWithin } from './known-code.js';

/** Folders of a run, by what a stage may read in them without having it in its fingerprint. */
export interface GuardedFolders {
  /** The user's own work: the project, the recipe's folder, the working directory. */
  own: readonly string[];
  /** The cache, the Hub's, Etude's own code. */
  open: readonly string[];
}

/**
 * Whether a file is not an input of the stage that reads it: packages (which count as code), system files,
 * caches, settings in the home folder, temporary files. Anything else is an input, in the project or not.
 */
export function isUnguarded(path: string, { own, open }: GuardedFolders): boolean {
  if (isWithin(path, open)) return true;
  if (path.split(sep).includes('node_modules')) return true;
  // Node itself, and packages, look there for the type of a folder's modules.
  if (path.endsWith(`${sep}package.json`)) return true;
  if (isWithin(path, own.filter(isNarrow))) return false;
  return isWithin(path, [...systemFolders(), tmpdir()]) || isHiddenAtHome(path);
}

/**
 * If the working directory is `/`, the home folder or one of the system's, not everything below it is the
 * user's work; `/usr/src/app` is.
 */
function isNarrow(folder: string): boolean {
  return ![homedir(), parse(folder).root, ...systemFolders()].includes(folder);
}

/** `~/.config/x`: settings and caches of programs. */
function isHiddenAtHome(path: string): boolean {
  const inside = relative(homedir(), path);
  return inside.startsWith('.') && !pointsOutside(inside);
}

function systemFolders(): string[] {
  const { SystemRoot, ProgramFiles } = process.env;
  const installed = join(dirname(dirname(process.execPath)), 'lib');
  const folders = ['/proc', '/sys', '/dev', '/etc', '/usr', '/lib', '/lib64', '/run', '/System', '/Library'];
  return [...folders, installed, process.execPath, SystemRoot, ProgramFiles].filter(
    (folder) => !!folder,
  ) as string[];
}
