import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { loadPipeline } from '../../../src/pipeline/recipe/load-pipeline.js';
import { placeOf } from '../../../src/pipeline/recipe/recipe-paths.js';
import { builtInStageTypes, findStageType } from '../../../src/stage/find-stage-type.js';
import { projectFolder } from '../../support/recipe-folder.js';

const outside = projectFolder({ 'evil.js': 'globalThis.escaped = true; export default {};' });
const valid = (changes = '') => `export default {
  name: 'mine', description: 'Mine.', schema: { type: 'object', additionalProperties: false, properties: {} },
  inputs: { dataset: { kind: 'dataset' } }, output: 'dataset', run() {}, ${changes}
};\n`;

async function messageFor(
  uses: string,
  files: Record<string, string> = {},
  prepare?: (folder: string) => void,
): Promise<string> {
  const folder = projectFolder({ 'pipelines/r.yaml': `stages:\n  a:\n    uses: ${uses}\n`, ...files });
  prepare?.(folder);
  const loaded = await loadPipeline(join(folder, 'pipelines/r.yaml'));
  if (!('problems' in loaded)) return 'no problem';
  const [{ line, column, message, expected, got }] = loaded.problems as [(typeof loaded.problems)[0]];
  return [`${line}:${column} ${message}`, expected, got].filter((part) => part !== undefined).join(' | ');
}

test('finds a module next to the recipe, then in the project folder', async () => {
  const folder = projectFolder({ 'pipelines/stages/near.js': valid(), 'stages/far.js': valid() });
  const place = placeOf(join(folder, 'pipelines/r.yaml'));
  for (const [uses, file] of [
    ['./stages/near.js', 'pipelines/stages/near.js'],
    ['./stages/far.js', 'stages/far.js'],
    ['../stages/far.js', 'stages/far.js'],
  ] as const) {
    const found = await findStageType(uses, place);
    assert.ok('type' in found);
    assert.equal(found.module, join(folder, file));
    assert.equal(found.type.name, 'mine');
  }
});

test('lists the built-in stage types', () => {
  const names = builtInStageTypes();
  for (const name of ['split', 'remove-columns', 'rename']) assert.ok(names.includes(name), name);
});

test('finds built-in stage types with their schemas', async () => {
  const found = await findStageType('split', placeOf('recipe.yaml'));
  assert.ok('type' in found);
  assert.equal(found.type.name, 'split');
  assert.match(found.module, /stages\/split\.[jt]s$/);
  assert.ok('test_size' in (found.schema.properties as object));
});

const SHAPES: [what: string, source: string, expected: string][] = [
  ['no default export', 'export const x = 1;', 'default export | a stage type (an object) | none'],
  ['a function', 'export default () => 1;', 'default export | a stage type (an object) | function'],
  ['no name', valid('name: undefined'), "property 'name' | string | nothing"],
  [
    'no schema',
    valid('schema: undefined'),
    "property 'schema' | JSON Schema of the parameters (an object) | nothing",
  ],
  [
    'an open schema',
    valid("schema: { type: 'object' }"),
    "property 'schema' | type: 'object' and additionalProperties: false",
  ],
  [
    'an unknown output',
    valid("output: 'table'"),
    "property 'output' | one of dataset, model, report | string 'table'",
  ],
  [
    'an unknown kind',
    valid("inputs: { a: { kind: 'table' } }"),
    "kind of input 'a' | one of dataset, model, report | string 'table'",
  ],
  ['no run', valid('run: 3'), "property 'run' | function | number 3"],
  [
    'an outline that is not a function',
    valid('outline: {}'),
    "property 'outline' | a function, or nothing | empty map",
  ],
];

for (const [what, source, expected] of SHAPES) {
  test(`reports a module that exports ${what}`, async () => {
    const message = await messageFor('./mine.js', { 'mine.js': source });
    assert.equal(message, `3:11 the stage module './mine.js' exports no valid stage type: ${expected}`);
  });
}

test('reports a schema that is not a JSON Schema', async () => {
  const message = await messageFor('./mine.js', {
    'mine.js': valid(
      "schema: { type: 'object', additionalProperties: false, properties: { a: { type: 'numbr' } } }",
    ),
  });
  assert.match(message, /property 'schema' \| JSON Schema draft-07 \| schema\/properties\/a\/type/);
});

test('reports a module that cannot be loaded', async () => {
  const broken = await messageFor('./mine.js', { 'mine.js': 'export default {\n  a: 1,\n  b: }' });
  assert.equal(
    broken,
    "3:11 the stage module './mine.js' cannot be loaded: Unexpected token '}' in line 3, column 6",
  );
  const beside = await messageFor('./mine.js', {
    'mine.js': "import './lib/one.js';\nexport default {};",
    'lib/one.js': "import '../mine.js';\nexport { a } from './two.js';",
    'lib/two.js': '\nexport const a = ;',
  });
  assert.match(beside!, /Unexpected token ';' in line 2, column 18 of lib[\\/]two\.js$/);
  const throwing = await messageFor('./mine.js', { 'mine.js': 'throw new Error("at load");' });
  assert.equal(throwing, "3:11 the stage module './mine.js' cannot be loaded: at load");
});

test('reports an outline that throws', async () => {
  const source = valid("inputs: {}, outline() { throw new Error('broken'); }");
  assert.equal(await messageFor('./mine.js', { 'mine.js': source }), '2:3 broken');
  // An EtudeError of another copy of Etude, as a user's module throws it.
  const parts = "{ [Symbol.for('etude-audio.EtudeError')]: true, expected: 'one', got: 'two' }";
  const thrown = valid(`inputs: {}, outline() { throw Object.assign(new Error('broken'), ${parts}); }`);
  assert.equal(await messageFor('./mine.js', { 'mine.js': thrown }), '2:3 broken | one | two');
});

test('refuses a folder with the name of a module', async () => {
  const message = await messageFor('./stages/folder.js', { 'stages/folder.js/x': '' });
  assert.equal(message, "3:11 not a stage module: './stages/folder.js' | a file | a folder");
});

test('a folder whose name begins with two dots is inside the project', async () => {
  assert.equal(
    await messageFor('./..mine/stage.js', { '..mine/stage.js': valid('inputs: {}') }),
    'no problem',
  );
});

test('imports nothing from outside the project', async () => {
  const refused = 'is outside the project | a file inside the project folder';
  const climbing = await messageFor(`../../${basename(outside)}/evil.js`, {}, (folder) =>
    assert.equal(dirname(folder), dirname(outside)),
  );
  assert.equal(climbing, `3:11 the stage module '../../${basename(outside)}/evil.js' ${refused}`);
  const linked = await messageFor('./evil.js', {}, (folder) =>
    symlinkSync(join(outside, 'evil.js'), join(folder, 'evil.js')),
  );
  assert.equal(linked, `3:11 the stage module './evil.js' ${refused}`);
  const folderLink = await messageFor('./lib/evil.js', {}, (folder) => {
    mkdirSync(join(folder, 'x'));
    symlinkSync(outside, join(folder, 'lib'));
  });
  assert.equal(folderLink, `3:11 the stage module './lib/evil.js' ${refused}`);
  for (const uses of [
    join(outside, 'evil.js'),
    `file://${outside}/evil.js`,
    'data:text/javascript,1',
    'node:fs',
    'yaml',
    'split/../split',
  ]) {
    assert.match(await messageFor(uses), /^3:11 unknown stage type/);
  }
  assert.equal((globalThis as { escaped?: boolean }).escaped, undefined);
});

test('refuses modules that are neither JavaScript nor TypeScript', async () => {
  assert.match(
    await messageFor('./mine.json', { 'mine.json': '{}' }),
    /^3:11 not a stage module: '.\/mine.json' \| a file ending in \.js, \.mjs, \.ts, \.mts$/,
  );
});
