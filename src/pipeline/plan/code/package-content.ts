import { readdirSync, realpathSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { readShortSync } from '../../../files/regular-file.js';
import { digestOfJson } from '../../../util/canonical-json.js';
import type { Json } from '../../../util/json.js';
import { sha256 } from '../../../util/sha256.js';
import { isRacy, signatureOf } from '../../cache/stat-memo.js';
import type { FileMemo, ModuleFacts } from '../../cache/types.js';

/**
 * What Node loads, and data that code reads. What is compiled locally is left out: it differs between
 * machines.
 */
const COUNTED = new Set(['.js', '.mjs', '.cjs', '.json', '.wasm']);

/** The fields of package.json that determine how the package is loaded. */
const LOADING = ['type', 'main', 'exports', 'imports'];
const NEEDED = ['dependencies', 'optionalDependencies', 'peerDependencies'];

export interface Manifest {
  name?: unknown;
  version?: unknown;
  [field: string]: unknown;
}

export interface PackageFinder {
  /** The folder of a package, as a module in another folder sees it. */
  find(name: string, from: string): string | undefined;
  manifest(folder: string): Manifest;
}

/**
 * Digest of a package's code and of all packages that it needs: versions say nothing about a package that was
 * edited in place, or about a dependency that was updated.
 */
export function packageContent(folder: string, finder: PackageFinder, memo: FileMemo<ModuleFacts>): string {
  const folders = new Set([realpathSync(folder)]);
  const contents: Json[] = [];
  // `folders` grows during the loop.
  for (const one of folders) {
    const manifest = finder.manifest(one);
    contents.push(ownContent(one, manifest, memo));
    for (const name of NEEDED.flatMap((field) =>
      Object.keys((manifest[field] as object | undefined) ?? {}),
    )) {
      const needed = finder.find(name, one);
      if (needed !== undefined) folders.add(realpathSync(needed));
    }
  }
  return digestOfJson(contents.map(digestOfJson).sort());
}

function ownContent(folder: string, manifest: Manifest, memo: FileMemo<ModuleFacts>): Json {
  const files = list(folder).filter((name) => name !== 'package.json' && COUNTED.has(extname(name)));
  const loading = LOADING.flatMap((field) =>
    manifest[field] === undefined ? [] : [[field, manifest[field]]],
  );
  return {
    name: String(manifest.name),
    version: String(manifest.version),
    loading: loading as Json,
    files: files.sort().map((name) => [name, digestOf(join(folder, name), memo)]),
  };
}

/** Files below a folder, relative and with `/`; packages inside it are listed by themselves. */
function list(folder: string, inside = ''): string[] {
  return readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
    const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : list(folder, name);
    return entry.isFile() ? [name] : [];
  });
}

function digestOf(path: string, memo: FileMemo<ModuleFacts>): string {
  const stats = statSync(path, { bigint: true });
  const signature = signatureOf(stats);
  const known = memo.get(path, signature);
  if (known !== undefined) return known.digest;
  const digest = sha256(readShortSync(path));
  if (!isRacy(stats)) memo.set(path, signature, { digest, imports: [] });
  return digest;
}
