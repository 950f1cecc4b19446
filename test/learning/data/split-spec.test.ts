import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSplit, splitName } from '../../../src/learning/data/split-spec.js';
import { EtudeError } from '../../../src/util/errors.js';

const rows = { train: 563, test: 25, small: 5 };

// Rows that datasets.ReadInstruction gives.
const cases: [string, [string, number, number][]][] = [
  ['train', [['train', 0, 563]]],
  ['train[:100]', [['train', 0, 100]]],
  ['train[100:]', [['train', 100, 563]]],
  ['train[-63:]', [['train', 500, 563]]],
  ['train[10%:20%]', [['train', 56, 113]]],
  ['train[-10%:]', [['train', 507, 563]]],
  ['test[:50%]', [['test', 0, 12]]],
  ['test[:10%]', [['test', 0, 2]]],
  ['test[:30%]', [['test', 0, 8]]],
  ['train[:1_00]', [['train', 0, 100]]],
  ['train[:9999]', [['train', 0, 563]]],
  ['train[:20%](pct1_dropremainder)', [['train', 0, 100]]],
  [
    'train + test[:5]',
    [
      ['train', 0, 563],
      ['test', 0, 5],
    ],
  ],
];
for (const [spec, slices] of cases) {
  test(`${spec} names the rows that it names for Hugging Face`, () => {
    const resolved = resolveSplit(spec, rows).map(({ split, start, end }) => [split, start, end]);
    assert.deepEqual(resolved, slices);
  });
}

test('a split expression keeps the name of its split, a sum joins them', () => {
  assert.equal(splitName('train[:10%]'), 'train');
  assert.equal(splitName('train+test[:5]'), 'train+test');
});

test('expressions of another form are refused', () => {
  for (const spec of [
    'train[',
    'train[1:2:3]',
    '',
    'train[:200%]',
    'train[:5%](up)',
    'trains',
    'small[:5%](pct1_dropremainder)',
  ]) {
    assert.throws(() => resolveSplit(spec, rows), EtudeError, spec);
  }
});
