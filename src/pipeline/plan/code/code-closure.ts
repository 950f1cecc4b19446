import { dirname, relative, sep } from 'node:path';
import { digestOfJson } from '../../../util/canonical-json.js';
import { EtudeError } from '../../../util/errors.js';
import type { CodeListing, FileMemo, ModuleFacts } from '../../cache/types.js';
import { Modules } from './modules.js';

/** All code of a stage type. */
export interface CodeClosure {
  digest: string;
  /** Own module files, the stage type's first. */
  files: string[];
  /** What each of them does, by path (see `ModuleFacts.digest`). */
  digests: ReadonlyMap<string, string>;
  /** `name@version` of the packages they import. */
  packages: string[];
  listing: CodeListing;
}

/**
 * A module in the closure: what it does, and what each of its imports leads to (a module's number, a package,
 * or nothing).
 */
interface ClosureNode {
  digest: string;
  imports: Record<string, number | string>;
}

/**
 * Follows the imports of a module through own files and stops at packages, which count by name and version.
 * Neither the location of the files nor their formatting or comments affect the digest.
 */
export function codeClosure(module: string, memo: FileMemo<ModuleFacts>): Promise<CodeClosure> {
  return closureIn(module, new Modules(memo));
}

/** The same, sharing modules with other closures. */
export async function closureIn(module: string, modules: Modules): Promise<CodeClosure> {
  const numbers = new Map<string, number>([[module, 0]]);
  const packages = new Set<string>();
  const nodes: ClosureNode[] = [];
  // `numbers` grows during the loop; a Map's iteration visits what is added.
  for (const file of numbers.keys()) {
    const found = await modules.find(file);
    if (found === undefined) throw new EtudeError('no such stage type module', { where: { file } });
    const imports: Record<string, number | string> = {};
    for (const [specifier, target] of found.imports) {
      if (target.type === 'file') {
        if (!numbers.has(target.path)) numbers.set(target.path, numbers.size);
        imports[specifier] = numbers.get(target.path)!;
      } else if (target.type === 'package') {
        packages.add(target.id);
        imports[specifier] = target.id;
      }
    }
    nodes.push({ digest: found.digest, imports });
  }
  const files = [...numbers.keys()];
  const listing: CodeListing = { files: {}, packages: {} };
  for (const [i, file] of files.entries()) listing.files[nameOf(file, module)] = nodes[i]!.digest;
  for (const id of packages) {
    const at = id.lastIndexOf('@');
    listing.packages[id.slice(0, at)] = id.slice(at + 1);
  }
  const digests = new Map(files.map((file, i) => [file, nodes[i]!.digest]));
  return { digest: digestOfJson(nodes), files, digests, packages: [...packages].sort(), listing };
}

/**
 * A file's name as a person would write it: relative to the stage type's module, or to the parent of that
 * folder if the file is there.
 */
function nameOf(file: string, module: string): string {
  return relative(dirname(module), file)
    .split(sep)
    .join('/')
    .replace(/^(\.\.\/)+/, '');
}
