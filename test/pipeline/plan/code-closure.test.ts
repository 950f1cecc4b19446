import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { codeClosure } from '../../../src/pipeline/plan/code/code-closure.js';
import { scanJavaScript } from '../../../src/pipeline/plan/code/scan-javascript.js';
import { EtudeError } from '../../../src/util/errors.js';
import { Project } from '../../support/project.js';

/** Digests of a module before and after each change of files. */
async function digests(
  files: Record<string, string>,
  ...changes: Record<string, string>[]
): Promise<string[]> {
  const project = new Project();
  const { modules } = await project.cache();
  const found = [];
  for (const change of [files, ...changes]) {
    for (const [file, text] of Object.entries(change)) project.write(file, text);
    found.push((await codeClosure(join(project.dir, 'main.js'), modules)).digest);
  }
  return found;
}

const equal: [string, string, string][] = [
  ['comments', 'a(); // one', '/* two */ a();'],
  ['white space', 'if(a){b()}', 'if (a) {\n  b()\n}\n'],
  ['quotes', "a('x')", 'a("x")'],
  ['semicolons that are optional', 'a()\nb()\n', 'a();\nb();'],
  ['trailing commas', 'f([1, 2,], {a,},)', 'f([1, 2], {a})'],
  ['a hash-bang line', '#!/usr/bin/env node\na()', 'a()'],
  ['line ends', 'a()\r\nb()', 'a()\nb()'],
];
for (const [what, one, other] of equal) {
  test(`${what} do not count`, () => {
    assert.equal(scanJavaScript(one)!.digest, scanJavaScript(other)!.digest);
  });
}

const different: [string, string, string][] = [
  ['a name', 'a()', 'b()'],
  ['a number', 'x = 1', 'x = 2'],
  ['white space in a string', "x = 'a b'", "x = 'a  b'"],
  ['white space in a template', 'x = `a b`', 'x = `a  b`'],
  ['white space in a regular expression', 'x = / /', 'x = /  /'],
  ['a line break that changes the meaning', 'function f() { return x }', 'function f() { return\nx }'],
  ['a line break before ++', 'a\n++b', 'a++\nb'],
  ['a division that is not a regular expression', 'x = a / b / c', 'x = a / b'],
  ['an empty statement', 'for (;;) a()', 'for (;;); a()'],
];
for (const [what, one, other] of different) {
  test(`${what} counts`, () => {
    assert.notEqual(scanJavaScript(one)!.digest, scanJavaScript(other)!.digest);
  });
}

const edges: [string, string][] = [
  ['a static import', "import { x } from './lib/part.js'"],
  ['an import for its effect', "import './lib/part.js'"],
  ['a re-export', "export * from './lib/part.js'"],
  ['a named re-export', "export { x } from './lib/part.js'"],
  ['a dynamic import', "const load = () => import('./lib/part.js')"],
  ['a dynamic import of a template', 'const load = () => import(`./lib/part.js`)'],
  ['a worker', "new Worker(new URL('./lib/part.js', import.meta.url))"],
  ['a file beside, named without a dot', "new URL('lib/part.js', import.meta.url)"],
  ['require', "require('./lib/part.js')"],
  ['require without an ending', "require('./lib/part')"],
];
for (const [what, text] of edges) {
  test(`the closure follows ${what}, and what that imports`, async () => {
    const files = { 'main.js': text, 'lib/part.js': "import './deep.mjs'", 'lib/deep.mjs': 'x()' };
    const found = await digests(
      files,
      { 'lib/deep.mjs': 'x( ) // same' },
      { 'lib/deep.mjs': 'y()' },
      { 'lib/part.js': '' },
    );
    assert.equal(found[0], found[1]);
    assert.equal(new Set(found).size, 3);
  });
}

test('data files count by their bytes, files that nothing imports not at all', async () => {
  const files = {
    'main.js': "new URL('./table.json', import.meta.url)",
    'table.json': '{}',
    'other.js': 'a',
  };
  const found = await digests(files, { 'table.json': '{ }' }, { 'other.js': 'b' });
  assert.notEqual(found[0], found[1]);
  assert.equal(found[1], found[2]);
});

test('modules may import each other', async () => {
  const found = await digests(
    { 'main.js': "import './a.js'", 'a.js': "import './main.js'; a()" },
    { 'a.js': "import './main.js'; b()" },
  );
  assert.notEqual(found[0], found[1]);
});

test('the location of the project does not count', async () => {
  const files = { 'main.js': "import './a.js'", 'a.js': 'a()' };
  assert.deepEqual(await digests(files), await digests(files));
});

test('swapping two files changes the digest', async () => {
  const main = { 'main.js': "import a from './a.js'; import b from './b.js'" };
  const found = await digests({ ...main, 'a.js': 'x()', 'b.js': 'y()' }, { 'a.js': 'y()', 'b.js': 'x()' });
  assert.notEqual(found[0], found[1]);
});

test('a package counts by its version and content, and by those of its dependencies', async () => {
  const pack = (version: string, more = {}) => JSON.stringify({ name: '@scope/tool', version, ...more });
  const files = {
    'main.js': "import '@scope/tool/part'; import 'node:fs'; import path from 'path'; import 'absent'",
    'node_modules/@scope/tool/package.json': pack('1.0.0'),
    'node_modules/@scope/tool/part.js': 'x()',
    'node_modules/@scope/tool/README.md': 'a',
  };
  const found = await digests(
    files,
    { 'node_modules/@scope/tool/part.js': 'y()' },
    { 'node_modules/@scope/tool/package.json': pack('1.0.1') },
    { 'node_modules/@scope/tool/package.json': pack('1.0.1', { main: 'part.js' }) },
    {
      'node_modules/@scope/tool/package.json': pack('1.0.1', {
        main: 'part.js',
        dependencies: { deep: '1' },
      }),
    },
    {
      'node_modules/deep/package.json':
        '{"name":"deep","version":"1.0.0","dependencies":{"@scope/tool":"1"}}',
    },
    { 'node_modules/deep/index.js': 'z()' },
    { 'node_modules/@scope/tool/README.md': 'b', 'node_modules/deep/x.node': 'b' },
  );
  assert.equal(new Set(found).size, 6);
  assert.equal(found[3], found[4]);
  assert.equal(found[6], found[7]);

  const project = new Project();
  for (const [file, text] of Object.entries(files)) project.write(file, text);
  const closure = await codeClosure(join(project.dir, 'main.js'), (await project.cache()).modules);
  assert.match(closure.packages.join(), /^@scope\/tool@1\.0\.0 \([0-9a-f]{16}\),absent@none$/);
});

test('a linked package counts by its files', async () => {
  const project = new Project();
  const { modules } = await project.cache();
  const main = project.write('main.js', "import 'mine'");
  project.write(
    'packages/mine/package.json',
    JSON.stringify({ name: 'mine', version: '1.0.0', main: 'index.js' }),
  );
  project.write('packages/mine/index.js', 'a()');
  project.write('node_modules/.keep', '');
  symlinkSync(join(project.dir, 'packages/mine'), join(project.dir, 'node_modules/mine'));
  const before = await codeClosure(main, modules);
  project.write('packages/mine/index.js', 'b()');
  assert.notEqual((await codeClosure(main, modules)).digest, before.digest);
  assert.deepEqual(
    before.files.map((file) => relative(project.dir, file)),
    ['main.js', 'packages/mine/index.js'],
  );
});

test('TypeScript sources are found by the names that they compile to', async () => {
  const project = new Project();
  const { modules } = await project.cache();
  const main = project.write(
    'main.ts',
    "import type { T } from './types.js';\nimport {\n  x,\n} from './part.js';\nexport const y = x;",
  );
  project.write('types.ts', 'export type T = 1');
  project.write('part.ts', 'export const x: number = 1');
  const { files } = await codeClosure(main, modules);
  assert.deepEqual(
    files.map((file) => relative(project.dir, file)),
    ['main.ts', 'part.ts'],
  );
});

test('a module that does not parse counts by its bytes; a missing one is reported', async () => {
  const found = await digests({ 'main.js': 'import {' }, { 'main.js': 'import { ' });
  assert.notEqual(found[0], found[1]);
  const project = new Project();
  await assert.rejects(
    codeClosure(join(project.dir, 'none.js'), (await project.cache()).modules),
    EtudeError,
  );
});
