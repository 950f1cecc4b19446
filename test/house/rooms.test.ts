import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { breaches, circles, readImports, readRooms, specifiersOf, withTable } from '../../scripts/rooms.js';

const rooms = readRooms();
const imports = readImports();

test('every import stays within the rules of the rooms, and every rule is used', () => {
  assert.ok(imports.length > 1000);
  assert.deepEqual(breaches(imports, rooms), []);
});

test('no files import each other in a cycle', () => {
  assert.deepEqual(circles(imports), []);
});

test('what a plan asks of a checkpoint loads no tensor library', () => {
  const asked = ['model/load-config', 'training/freeze-checks', 'training/lora-checks'];
  const read = new Set([...asked, 'training/spec-augment-checks'].map((name) => `src/learning/${name}.ts`));
  for (const file of read) for (const loaded of loadedBy(file)) read.add(loaded);
  assert.ok(read.has('src/learning/model/families/wavlm.ts'));
  assert.equal(read.has('src/engine/tf.ts'), false);
});

test('a forbidden import of any kind is found', () => {
  const lines = [
    "import { run } from '../cli/run.js';",
    "import type { Run } from '../cli/run.js';",
    "export * from '../cli/run.js';",
    "const { run } = await import('../cli/run.js');",
    "let run: import('../cli/run.js').Run;",
    "new Worker(new URL('../cli/run.js', import.meta.url));",
  ];
  for (const line of lines) assert.deepEqual(specifiersOf('a.ts', line), ['../cli/run.js'], line);
  const list = [
    { room: 'cli', holds: '', imports: ['util'] },
    { room: 'util', holds: '', imports: [] },
  ];
  const down = { from: 'src/cli/run.ts', to: 'src/util/a.ts' };
  assert.deepEqual(breaches([down], list), []);
  assert.deepEqual(breaches([down, { from: 'src/util/a.ts', to: 'src/cli/run.ts' }], list), [
    'src/util/a.ts imports src/cli/run.ts: util may not import cli',
  ]);
  assert.deepEqual(breaches([down, { from: 'src/cli/b.ts', to: 'src/lost.ts' }], list), [
    'src/lost.ts is in no room',
  ]);
  assert.deepEqual(breaches([], list), ['cli may import util, but does not']);
  assert.deepEqual(breaches([down], [{ room: 'util', holds: '', imports: [] }, list[0]!]), [
    'util is not below cli',
  ]);
});

test('a cycle is found', () => {
  const circle = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'c', to: 'b' },
  ];
  assert.deepEqual(circles(circle), [['b', 'c']]);
});

test('CONTRIBUTING.md contains the table of rooms', () => {
  const page = readFileSync('CONTRIBUTING.md', 'utf8');
  assert.equal(page, withTable(page, rooms), 'run: npm run rooms');
});

/** What loading a module loads: neither types, nor what it imports in a function. */
function loadedBy(file: string): string[] {
  const imports = /^(?:import|export)\s(?!type\b)[^;]*?from '(\.[^']+)\.js';/gm;
  return [...readFileSync(file, 'utf8').matchAll(imports)].map(([, path]) =>
    posix.join(posix.dirname(file), `${path}.ts`),
  );
}
