import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A TensorFlow.js package with its native part. */
export interface TensorFlowInstall {
  /** Name of the package: `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`. */
  readonly name: string;
  readonly version: string;
  /** Folder of the package. */
  readonly folder: string;
}

/** What was found, in the order to try, and what is wrong with the rest. */
export interface TensorFlowInstalls {
  readonly installs: readonly TensorFlowInstall[];
  readonly problems: readonly string[];
}

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
const require = createRequire(import.meta.url);

/** Where `scripts/build-tensorflow.mjs` puts its builds by default. */
export function builtFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'etude', 'tensorflow');
}

/**
 * Searches for TensorFlow.js packages, without loading anything: in the folder that `ETUDE_TENSORFLOW_DIR`
 * names and nowhere else, otherwise in the project (the nearest folder with a `package.json` at or above
 * `from`), next to Etude, and where `scripts/build-tensorflow.mjs` builds.
 */
export function findTensorFlow(
  env: NodeJS.ProcessEnv = process.env,
  from: string = process.cwd(),
): TensorFlowInstalls {
  const installs: TensorFlowInstall[] = [];
  const problems: string[] = [];
  const named = env.ETUDE_TENSORFLOW_DIR;
  for (const folder of new Set(named ? [join(resolve(named), 'node_modules')] : usualFolders(env, from))) {
    for (const name of packages) {
      const found = lookAt(name, join(folder, name));
      if (typeof found === 'string') problems.push(found);
      else if (found !== undefined) installs.push(found);
    }
  }
  if (named && installs.length === 0 && problems.length === 0) {
    problems.push(`ETUDE_TENSORFLOW_DIR is ${resolve(named)}, which has no TensorFlow`);
  }
  return { installs, problems };
}

function usualFolders(env: NodeJS.ProcessEnv, from: string): string[] {
  const project = projectOf(from);
  return [
    ...(project === undefined ? [] : [join(project, 'node_modules')]),
    ...(require.resolve.paths(packages[0]!) ?? []),
    join(builtFolder(env), 'node_modules'),
  ];
}

function projectOf(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The installation in a folder, or the problem with it; undefined if there is none. */
function lookAt(name: string, folder: string): TensorFlowInstall | string | undefined {
  if (!existsSync(folder)) return undefined;
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version: unknown;
    };
    if (typeof version !== 'string') return `${name} (${folder}) is damaged: no version in its package.json`;
    if (!hasAddon(folder)) {
      return `${name} ${version} lacks its native library: the download failed during installation`;
    }
    // Its dependencies are next to the real folder, not next to a link to it.
    return { name, version, folder: realpathSync(folder) };
  } catch {
    return `${name} (${folder}) is damaged: its package.json cannot be read`;
  }
}

function hasAddon(folder: string): boolean {
  const lib = join(folder, 'lib');
  return existsSync(lib) && readdirSync(lib).some((name) => existsSync(join(lib, name, 'tfjs_binding.node')));
}
