import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileName, isDevice } from '../../src/files/file-name.js';
import { tempFolder } from '../support/temp-folder.js';

/**
 * What a name becomes on file systems that ignore case and Unicode normalization, and on Windows, which drops
 * trailing dots.
 */
const folded = (name: string) =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[. ]+$/, '');

test('names that people write stay as they are', () => {
  for (const name of [
    'minds14-intent',
    'model',
    'train_2',
    'model[seed=1,lr=0.001]',
    'model@lr=1e-4',
    '__proto__',
  ])
    assert.equal(fileName(name), name);
});

const HOSTILE = [
  '..',
  '.',
  '../../keep',
  '/etc/passwd',
  'C:\\Windows',
  'a\0b',
  'a\nb',
  'a'.repeat(300),
  '語'.repeat(300),
  'CON',
  'nul.txt',
  'com1',
  'model.',
  'model ',
  '.etude',
  '-rf',
  '~',
  '',
  '\ud800',
  '\u202egnp.exe',
  'My model',
  'Grüße',
];

for (const name of HOSTILE) {
  test(`a file named ${JSON.stringify(name.slice(0, 20))} can be written, in its folder and nowhere else`, () => {
    const dir = tempFolder('names');
    const safe = fileName(name);
    mkdirSync(join(dir, 'models'));
    writeFileSync(join(dir, 'models', safe), '');
    assert.deepEqual(readdirSync(dir), ['models']);
    assert.deepEqual(readdirSync(join(dir, 'models')), [safe]);
    assert.ok(Buffer.byteLength(safe) <= 255 - 20, 'room for an ending of a temporary name');
    assert.doesNotMatch(safe, /[\\/:*?"<>|\p{Cc}\p{Cf}]|^[.-]|[. ]$/u);
    assert.equal(isDevice(safe), false);
    assert.equal(fileName(name), safe);
  });
}

test('different names never collide, whatever a file system considers equal', () => {
  const word = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', 'A', 'é', 'e\u0301', '.', ' ', '/', '~', '-', 'ſ', 's', '\ud800', 'ß'),
    }),
    fc.constantFrom(...HOSTILE),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.equal(folded(fileName(a)) === folded(fileName(b)), a === b);
      // Nor can a name be made up that equals the file name of another one.
      if (fileName(a) !== a) assert.notEqual(folded(fileName(fileName(a))), folded(fileName(a)));
    }),
    { numRuns: 500 },
  );
});
