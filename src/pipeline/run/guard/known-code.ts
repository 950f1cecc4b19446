import { sep } from 'node:path';

/** The code in a stage's fingerprint, in a form that can be sent to another thread. */
export interface KnownCode {
  /** Own module files. Absolute, links resolved. */
  files: readonly string[];
  /** Names of the packages that they import. */
  packages: readonly string[];
  /** Folders of Etude's own code. */
  etude: readonly string[];
}

const INSTALLED = `${sep}node_modules${sep}`;

/**
 * Whether a module that is about to be loaded is in the fingerprint: a file of the closure, a package that
 * such a file imports by name, or part of a package (which counts by its content).
 *
 * @param parent the file that imports it, if known
 */
export function isKnown(target: string, parent: string | undefined, known: KnownCode): boolean {
  if (known.files.includes(target) || isWithin(target, known.etude)) return true;
  if (!target.includes(INSTALLED)) return false;
  const byPackage = parent !== undefined && (parent.includes(INSTALLED) || isWithin(parent, known.etude));
  return byPackage || known.packages.includes(packageOf(target));
}

/** Whether a path is in one of the folders. */
export function isWithin(path: string, folders: readonly string[]): boolean {
  return folders.some(
    (folder) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep),
  );
}

/** The name of the package that an installed file belongs to. */
function packageOf(path: string): string {
  const inside = path.slice(path.lastIndexOf(INSTALLED) + INSTALLED.length).split(sep);
  return inside.slice(0, inside[0]!.startsWith('@') ? 2 : 1).join('/');
}
