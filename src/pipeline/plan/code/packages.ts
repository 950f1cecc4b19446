import { existsSync, realpathSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readShortSync } from '../../../files/regular-file.js';
import { parseJson } from '../../../util/parse-json.js';
import type { FileMemo, ModuleFacts } from '../../cache/types.js';
import type { ModuleStats } from './module-stats.js';
import { type Manifest, packageContent } from './package-content.js';

/** What a specifier refers to, seen from a module. */
export type Target = { type: 'file'; path: string } | { type: 'package'; id: string } | { type: 'none' };

/** Etude's own code: its dependencies are installed with it, and count by its version. */
const ETUDE = ['src', 'stages'].map((folder) =>
  fileURLToPath(new URL(`../../../../${folder}/`, import.meta.url)),
);

/** The running package itself. */
const OWN_PACKAGE = ownPackage(fileURLToPath(new URL('.', import.meta.url)));

/**
 * Resolves what modules import, as far as a code closure needs: own files by path, packages by name and
 * version, and by content if a user's module imports them.
 */
export class Resolver {
  readonly #files = new Map<string, Target>();
  readonly #packages = new Map<string, Target>();
  readonly #contents = new Map<string, string>();
  readonly #memo: FileMemo<ModuleFacts>;
  readonly #stats: ModuleStats;

  constructor(memo: FileMemo<ModuleFacts>, stats: ModuleStats) {
    this.#memo = memo;
    this.#stats = stats;
  }

  resolve(specifier: string, from: string): Target {
    if (isBuiltin(specifier) || /^(data|https?|node):/.test(specifier)) return { type: 'none' };
    if (/^(\.|\/|file:)/.test(specifier)) return this.#file(specifier, from);
    if (specifier.startsWith('#')) {
      this.#stats.isPartial = true;
      return ownImport(specifier, from);
    }
    return this.#package(specifier, from);
  }

  /** The installed version of a package as a module sees it, `not installed` if it is missing. */
  version(name: string, from: string): string {
    const folder = packageFolder(name, dirname(from), existsSync);
    return folder === undefined ? 'not installed' : versionIn(folder);
  }

  #file(specifier: string, from: string): Target {
    const path = pathOf(specifier, from);
    if (path === undefined) return { type: 'none' };
    let target = this.#files.get(path);
    if (target === undefined) {
      target = fileTarget(path, this.#stats);
      this.#files.set(path, target);
    }
    return target;
  }

  #package(specifier: string, from: string): Target {
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const key = `${dirname(from)}\n${specifier}`;
    let target = this.#packages.get(key);
    if (target === undefined) {
      target = packageTarget(name, specifier, from, this.#stats, (folder) => this.#content(folder, from));
      this.#packages.set(key, target);
    }
    return target;
  }

  /** Distinguishes contents of a package with the same version: ` (3f2a…)`. */
  #content(folder: string, from: string): string {
    if (ETUDE.some((own) => from.startsWith(own))) return '';
    this.#stats.isPartial = true;
    let content = this.#contents.get(folder);
    if (content === undefined) {
      content = ` (${packageContent(folder, FINDER, this.#memo).slice(0, 16)})`;
      this.#contents.set(folder, content);
    }
    return content;
  }
}

const FINDER = {
  find: (name: string, from: string) => packageFolder(name, from, existsSync),
  manifest: (folder: string) => readJson(join(folder, 'package.json')),
};

function packageTarget(
  name: string,
  specifier: string,
  from: string,
  stats: ModuleStats,
  contentOf: (folder: string) => string,
): Target {
  const folder = packageFolder(name, dirname(from), (path) => stats.has(path));
  if (folder === undefined) return { type: 'package', id: `${name}@none` };
  const real = realpathSync(folder);
  // A linked package changes without its version changing, so its files count. So do those of the running
  // Etude: what a stage uses of it affects the result, and the rest does not.
  if (!real.split(sep).includes('node_modules') || real === OWN_PACKAGE) {
    stats.isPartial = true;
    const file = requireResolve(specifier, from);
    if (file !== undefined) return { type: 'file', path: realpathSync(file) };
  }
  return { type: 'package', id: `${name}@${versionIn(folder)}${contentOf(real)}` };
}

/** @param isFile whether a file exists; it is asked about all that decide the answer */
function packageFolder(name: string, start: string, isFile: (path: string) => boolean): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (isFile(join(candidate, 'package.json'))) return candidate;
    if (dirname(folder) === folder) return selfReference(name, start, isFile);
  }
}

/** A module may import its own package by name. */
function selfReference(name: string, start: string, isFile: (path: string) => boolean): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (isFile(file)) return readJson(file).name === name ? folder : undefined;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The folder of the package that a folder belongs to. */
function ownPackage(folder: string): string | undefined {
  if (existsSync(join(folder, 'package.json'))) return realpathSync(folder);
  return dirname(folder) === folder ? undefined : ownPackage(dirname(folder));
}

function versionIn(folder: string): string {
  const { version } = readJson(join(folder, 'package.json'));
  return typeof version === 'string' ? version : 'without version';
}

function readJson(path: string): Manifest {
  try {
    return parseJson(readShortSync(path).toString('utf8')) as Manifest;
  } catch {
    return {};
  }
}

/** `#name`, which the package's own package.json maps. */
function ownImport(specifier: string, from: string): Target {
  const path = requireResolve(specifier, from);
  return path === undefined ? { type: 'none' } : { type: 'file', path };
}

function requireResolve(specifier: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    return undefined;
  }
}

/** The path that a relative specifier or a file URL gives, without a query. */
function pathOf(specifier: string, from: string): string | undefined {
  if (/^\.{1,2}\/[^%?#]*$/.test(specifier)) return join(dirname(from), specifier);
  try {
    return fileURLToPath(new URL(specifier, pathToFileURL(from)));
  } catch {
    return undefined;
  }
}

/**
 * TypeScript modules import each other by the names of what they compile to; CommonJS may omit the extension.
 */
function fileTarget(path: string, stats: ModuleStats): Target {
  const candidates = [
    path,
    path.replace(/\.([cm]?)js$/, '.$1ts'),
    path.replace(/\.js$/, '.tsx'),
    `${path}.js`,
    join(path, 'index.js'),
  ];
  const found = candidates.find((candidate) => stats.of(candidate) !== undefined);
  return found === undefined ? { type: 'none' } : { type: 'file', path: found };
}
