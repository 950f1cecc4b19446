/**
 * Builds what runs and is packed: `vendor/` and `dist/`. Does nothing if `dist/` was built from the same
 * sources with the same tools and has not been touched since.
 */
import { execFileSync } from 'node:child_process';
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
const STAMP = join('dist', '.built');
/** What changes without a build, or is the record of it. */
const NOT_BUILT = /^dist.(\.built|code-cache)/;

node('scripts/vendor.mjs');
if (!isUpToDate()) {
  const before = sources();
  rmSync(STAMP, { force: true });
  node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  node('--import', 'tsx', 'scripts/compile-schemas.ts');
  node('--import', 'tsx', 'scripts/write-help.ts');
  node('scripts/write-facts.mjs');
  node('scripts/bundle.mjs');
  chmodSync('dist/src/cli/main.cjs', 0o755);
  writeFileSync(STAMP, `${before}\n${results()}\n`);
}

function isUpToDate() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === `${sources()}\n${results()}\n`;
}

function node(...args) {
  try {
    execFileSync(process.execPath, args, { stdio: 'inherit' });
  } catch (error) {
    // It has printed why.
    process.exit(error.status ?? 1);
  }
}

function sources() {
  return digest(SOURCES.flatMap(filesOf), (file) => readFileSync(file));
}

function results() {
  const files = filesOf('dist').filter((file) => !NOT_BUILT.test(file));
  return digest(files, (file) => {
    const { size, mtimeMs } = statSync(file);
    return `${size} ${mtimeMs}`;
  });
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
