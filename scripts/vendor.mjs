/**
 * Lays out onnxruntime-node in `vendor/onnxruntime-node`, which Etude's package includes. If it were a
 * dependency, its install script would run wherever Etude is installed, and download CUDA's libraries from a
 * server that is not npm's: hundreds of MB, or a failure if a network blocks that. `npm ci` fetches what
 * `vendor/package-lock.json` pins, and runs no script. Only the libraries for this machine are kept, a fifth
 * of them; with `--all-platforms`, before packing, all are.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = 'onnxruntime-node';
const vendor = fileURLToPath(new URL('../vendor', import.meta.url));
const place = join(vendor, NAME);

const isForAll = process.argv.includes('--all-platforms');
/** By platform, then by architecture. */
const LIBRARIES = join('bin', 'napi-v6');

if (laidOut() !== wanted() || !hasLibraries(place)) layOut();

function wanted() {
  return JSON.parse(readFileSync(join(vendor, 'package.json'), 'utf8')).dependencies[NAME];
}

function laidOut() {
  const file = join(place, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

function hasLibraries(folder) {
  const isWhole = readdirSync(join(folder, LIBRARIES)).length > 1;
  return isWhole || (!isForAll && existsSync(join(folder, LIBRARIES, process.platform, process.arch)));
}

function layOut() {
  const modules = join(vendor, 'node_modules');
  const part = `${place}.part`;
  npm('ci', '--ignore-scripts', '--no-audit', '--no-fund');
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part);
  for (const each of ['bin', 'dist', 'package.json', 'README.md'])
    renameSync(join(modules, NAME, each), join(part, each));
  // A second copy of the library, which the binding does not use: npm packages contain no links.
  rmSync(join(part, 'bin/napi-v6/darwin/arm64', `libonnxruntime.${wanted()}.dylib`), { force: true });
  if (!isForAll) keepOwn(join(part, LIBRARIES));
  rmSync(place, { recursive: true, force: true });
  renameSync(part, place);
  rmSync(modules, { recursive: true, force: true });
}

/** Removes libraries for other machines; if there are none for this one, the others show which exist. */
function keepOwn(folder) {
  if (!existsSync(join(folder, process.platform, process.arch))) return;
  for (const platform of readdirSync(folder))
    for (const arch of platform === process.platform ? readdirSync(join(folder, platform)) : [''])
      if (arch !== process.arch) rmSync(join(folder, platform, arch), { recursive: true });
}

/**
 * An outer npm passes its options to the inner one through the environment: these two would stop it from
 * working.
 */
function npm(...args) {
  const { npm_execpath: cli = '' } = process.env;
  const [file, first] = /npm-cli\.c?js$/.test(cli) ? [process.execPath, [cli]] : ['npm', []];
  execFileSync(file, [...first, ...args, '--no-global', '--no-dry-run'], {
    cwd: vendor,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32' && file === 'npm',
  });
}
