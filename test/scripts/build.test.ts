import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../support/temp-folder.js';

const dir = tempFolder('build');
const at = (name: string) => join(dir, name);
function write(name: string, text: string): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
}

// The real script in a small package, whose other steps leave a line each time.
const OPTIONS = { module: 'NodeNext', lib: ['ES5'], types: [], skipLibCheck: true, rootDir: '.' };
const OUTPUT = { outDir: 'dist', incremental: true, tsBuildInfoFile: 'dist/.tsbuildinfo' };
write('package.json', '{ "type": "module" }');
write(
  'tsconfig.build.json',
  JSON.stringify({ compilerOptions: { ...OPTIONS, ...OUTPUT }, include: ['src', 'stages'] }),
);
cpSync('scripts/build.mjs', at('scripts/build.mjs'));
for (const name of ['vendor.mjs', 'bundle-plots.mjs', 'bundle-web.mjs', 'write-facts.mjs'])
  write(`scripts/${name}`, '');
write(
  'scripts/bundle.mjs',
  `import { appendFileSync } from 'node:fs'; appendFileSync('bundled', 'once\\n');`,
);
write('src/cli/main.cts', 'export const main = 1;\n');
write('src/one.ts', 'export const one = 1;\n');
write('stages/old.ts', 'export const old = 1;\n');
mkdirSync(at('node_modules'));
symlinkSync(resolve('node_modules/typescript'), at('node_modules/typescript'), 'junction');
// The steps in TypeScript do nothing.
write('node_modules/tsx/package.json', '{ "type": "module", "exports": "./end.js" }');
write('node_modules/tsx/end.js', 'process.exit();');

/** Whether it built anything. */
function build(): boolean {
  rmSync(at('bundled'), { force: true });
  execFileSync(process.execPath, [at('scripts/build.mjs')], { stdio: 'pipe' });
  return existsSync(at('bundled'));
}

test('nothing is built where nothing changed, and whatever changed leaves nothing stale', () => {
  assert.equal(build(), true);
  assert.equal(build(), false);
  const compiled = readFileSync(at('dist/src/one.js'), 'utf8');

  rmSync(at('stages/old.ts'));
  appendFileSync(at('dist/src/one.js'), '// edited\n');
  assert.equal(build(), true);
  assert.equal(existsSync(at('dist/stages/old.js')), false);
  assert.equal(readFileSync(at('dist/src/one.js'), 'utf8'), compiled);

  rmSync(at('dist/src/one.js'));
  assert.equal(build(), true);
  assert.equal(readFileSync(at('dist/src/one.js'), 'utf8'), compiled);
  assert.equal(build(), false);
});

test('after a build that failed, the next one builds', () => {
  write('src/one.ts', 'export const one: number = "two";\n');
  assert.throws(build);
  assert.throws(build);
  write('src/one.ts', 'export const one = 2;\n');
  assert.equal(build(), true);
  assert.match(readFileSync(at('dist/src/one.js'), 'utf8'), /one = 2/);
});
