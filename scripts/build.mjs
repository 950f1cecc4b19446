/**
 * Builds what runs and is packed: `vendor/` and `dist/`. Does nothing if `dist/` was built from the same
 * sources with the same tools and has not been touched since.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));

/** What `dist/` is built from. The last one is npm's list of what it installed. */
const SOURCES = [
  ...['src', 'stages', 'schemas', 'scripts'],
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'node_modules/.package-lock.json'],
];
/** Written by the compiler, which notices neither that they changed nor that their source is gone. */
const COMPILED = [join('dist', 'src'), join('dist', 'stages')];
const STAMP = join('dist', '.built');
/** What changes without a build, or is the record of it. */
const NOT_BUILT = /^dist.(\.built|code-cache)/;

node('scripts/vendor.mjs');
const built = stamp();
if (built.sources !== sources() || built.results !== results()) {
  const before = sources();
  if (built.compiled !== compiled())
    for (const path of [...COMPILED, 'dist/.tsbuildinfo']) rmSync(path, { recursive: true, force: true });
  // Also the bundle: its code must not run in place of what is compiled now.
  for (const path of [STAMP, 'dist/bundled-codes.json', 'dist/etude.cjs']) rmSync(path, { force: true });
  const status = statusOf('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  if (status === 0) {
    node('scripts/bundle-plots.mjs');
    node('scripts/bundle-web.mjs');
  }
  const partly = { compiled: compiled() };
  if (existsSync('dist')) writeFileSync(STAMP, JSON.stringify(partly));
  if (status !== 0) process.exit(status);
  node('--import', 'tsx', 'scripts/compile-schemas.ts');
  node('--import', 'tsx', 'scripts/write-help.ts');
  node('scripts/write-facts.mjs');
  node('scripts/bundle.mjs');
  chmodSync('dist/src/cli/main.cjs', 0o755);
  writeFileSync(STAMP, JSON.stringify({ ...partly, sources: before, results: results() }));
}

/** The digests after the last build; only `compiled` if it did not get further. */
function stamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return {};
  }
}

function node(...args) {
  const status = statusOf(...args);
  if (status !== 0) process.exit(status);
}

/** A failed one has printed why. */
function statusOf(...args) {
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}

function sources() {
  return digest(SOURCES.flatMap(filesOf), (file) => readFileSync(file));
}

function results() {
  return digest(
    filesOf('dist').filter((file) => !NOT_BUILT.test(file)),
    lookOf,
  );
}

/** Also of the names of the sources: the output of one that is gone must go, too. */
function compiled() {
  // The other scripts only write JSON there.
  const files = COMPILED.flatMap(filesOf).filter((file) => !file.endsWith('.json'));
  return digest([...['src', 'stages'].flatMap(filesOf), ...files], (file) =>
    file.startsWith('dist') ? lookOf(file) : '',
  );
}

function lookOf(file) {
  const { size, mtimeMs } = statSync(file);
  return `${size} ${mtimeMs}`;
}

function filesOf(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function digest(files, contentOf) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(`\0${file}\0`).update(contentOf(file));
  return hash.digest('hex');
}
