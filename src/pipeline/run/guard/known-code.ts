import { sep } from 'node:path';

/** The code that a stage's fingerprint holds, as it can be handed to another thread. */
export interface KnownCode {
  /** Own module files. Absolute, links followed. */
  files: readonly string[];
  /** Names of the packages that they import. */
  packages: readonly string[];
  /** Folders of Etude's own code. */
  etude: readonly string[];
}

const INSTALLED = `${sep}node_modules${sep}`;

/**
 * Whether the fingerprint holds a module that is about to be loaded: a file of the closure, a package that a
 * file of the closure imports by its name, or what belongs to a package (which counts by its content).
 *
 * @param parent the file that asks for it, where that is known
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
