import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An onnxruntime-node: its folder, and the version in its `package.json`. */
export interface OnnxRuntimeInstall {
  readonly folder: string;
  readonly version: string;
}

const NAME = 'onnxruntime-node';

/**
 * Finds onnxruntime-node without loading it: the one that Etude ships in `vendor/`, unless the same version
 * is installed where `import` finds it, as for users who want the CUDA libraries that its install script
 * downloads.
 *
 * @param from The file that searches for it. Default: this module.
 * @returns `undefined` if there is none.
 */
export function locateOnnxRuntime(
  from: string = fileURLToPath(import.meta.url),
): OnnxRuntimeInstall | undefined {
  const installed = firstOf((createRequire(from).resolve.paths(NAME) ?? []).map((base) => join(base, NAME)));
  const own = firstOf(foldersAbove(from).map((base) => join(base, 'vendor', NAME)));
  return own === undefined || own.version === installed?.version ? (installed ?? own) : own;
}

function firstOf(folders: readonly string[]): OnnxRuntimeInstall | undefined {
  const folder = folders.find((each) => existsSync(join(each, 'package.json')));
  if (folder === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

function foldersAbove(file: string): string[] {
  const folders = [dirname(file)];
  for (let last = ''; last !== folders.at(-1); folders.push(dirname(last))) last = folders.at(-1)!;
  return folders;
}
