/**
 * Makes `.test-build/`, the repository in JavaScript, in which the tests run: every TypeScript file is
 * compiled, next to links to everything else, so that all paths work as they do here. Compiling once saves
 * every test process the compiler. Only what changed is compiled again. What is started from there
 * loads a bundle, as in `dist/`.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { FACTS, writeFacts } from './write-facts.mjs';

/** The folder of the compiled files. */
export const TEST_BUILD = '.test-build';

const CODE = ['src', 'stages', 'test', 'scripts', 'bench', 'samples'];
const NOT_LINKED = [TEST_BUILD, '.git', '.etude', ...CODE];
/** Beside `src/` in what is built, and made there: linked if they are. */
const MADE = ['validators', 'web'];
/** Written by `bundle.mjs`, and by processes that load the bundle. */
const BUNDLE = ['etude.cjs', 'bundled-codes.json', 'code-cache'].map((name) => join(TEST_BUILD, name));
const TYPESCRIPT = /(?<!\.d)\.([mc]?)tsx?$/;

/** The compiled file of a TypeScript file. */
export function compiledFile(file) {
  return join(TEST_BUILD, file.replace(TYPESCRIPT, '.$1js'));
}

/** Brings `.test-build/` up to date. */
export async function compileTests() {
  const sources = new Map();
  const links = readdirSync('.').filter((name) => !NOT_LINKED.includes(name));
  for (const folder of CODE) walk(folder, sources, links);
  const wanted = new Set([
    ...links.map((name) => join(TEST_BUILD, name)),
    ...sources.keys(),
    join(TEST_BUILD, FACTS),
    ...MADE.map((name) => join(TEST_BUILD, name)),
    ...BUNDLE,
  ]);
  removeOthers(TEST_BUILD, wanted);
  for (const name of links) link(name);
  for (const name of MADE) if (existsSync(join('dist', name))) link(join('dist', name), name);

  // Equal times rather than newer ones: a file may be replaced by an older one.
  const old = [...sources].filter(([to, from]) => !existsSync(to) || mtime(to) !== mtime(from));
  for (const [extension, format] of [
    ['.js', 'esm'],
    ['.cjs', 'cjs'],
  ]) {
    const entryPoints = old.filter(([to]) => to.endsWith(extension)).map(([, from]) => from);
    const options = { outdir: TEST_BUILD, outbase: '.', format, outExtension: { '.js': extension } };
    await build({ entryPoints, platform: 'node', target: 'node20', sourcemap: true, ...options });
  }
  const isFresh =
    !existsSync(join(TEST_BUILD, FACTS)) || old.some(([, from]) => /^(src|stages)\b/.test(from));
  if (isFresh) await writeFacts(TEST_BUILD);
  if (isFresh || isBundleOld()) bundleAll();
  for (const [to, from] of old) utimesSync(to, new Date(), new Date(mtime(from)));
}

/**
 * Whether the bundle is missing, or older than what is in it beside compiled files, or than what makes it.
 */
function isBundleOld() {
  if (!BUNDLE.slice(0, 2).every((path) => existsSync(path))) return true;
  const validators = join('dist', 'validators');
  const names = existsSync(validators) ? readdirSync(validators).map((name) => join(validators, name)) : [];
  const others = ['scripts/bundle.mjs', 'node_modules/.package-lock.json'].filter((path) => existsSync(path));
  return [...names, ...others].some((path) => mtime(path) > mtime(BUNDLE[0]));
}

function bundleAll() {
  const { status } = spawnSync(process.execPath, ['scripts/bundle.mjs', TEST_BUILD], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`no bundle in ${TEST_BUILD}`);
}

/**
 * Collects the TypeScript files below a folder, and what must be linked: folders that contain no TypeScript,
 * and other files.
 */
function walk(folder, sources, links) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && holdsTypeScript(path)) walk(path, sources, links);
    else if (!entry.isDirectory() && TYPESCRIPT.test(entry.name)) sources.set(compiledFile(path), path);
    else links.push(path);
  }
}

function holdsTypeScript(folder) {
  if (folder === join('test', 'fixtures')) return false;
  return readdirSync(folder, { recursive: true }).some((name) => TYPESCRIPT.test(name));
}

function link(name, as = name) {
  const path = join(TEST_BUILD, as);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(relative(dirname(path), name), path, statSync(name).isDirectory() ? 'dir' : 'file');
}

/** Removes the output of files that no longer exist. */
function removeOthers(folder, wanted) {
  for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
    const path = join(folder, entry.name);
    if (wanted.has(path)) continue;
    if (entry.isDirectory()) removeOthers(path, wanted);
    else if (!wanted.has(path.replace(/\.map$/, ''))) rmSync(path);
  }
}

/** Milliseconds. What was set to a whole number of them can be a little less when it is read. */
function mtime(path) {
  return Math.floor(statSync(path).mtimeMs + 0.01);
}
