import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Line } from '../../src/terminal/line.js';
import { tablesThatFit } from '../../src/terminal/table.js';

const textOf = (lines: readonly Line[]) =>
  lines.map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );

const COLUMNS = [
  { title: 'split' },
  { title: 'accuracy', align: 'right' as const },
  { title: 'f1 weighted', align: 'right' as const },
  { title: 'file' },
];
const ROWS = [
  ['test', '0.500', '0.333', 'a-name-that-is-longer-than-the-terminal.wav'].map((text) => ({ text })),
];

test('columns that do not fit have tables of their own, each with what names the rows', () => {
  assert.deepEqual(textOf(tablesThatFit(COLUMNS, ROWS, 26)), [
    'split  accuracy',
    'test      0.500',
    'split  f1 weighted',
    'test         0.333',
    'split  file',
    'test   a-name-that-is-lon…',
  ]);
  assert.equal(tablesThatFit(COLUMNS, ROWS, 100).length, 2);
});

test('a column that may be shortened is not shortened to nothing', () => {
  const columns = COLUMNS.map((column) => ({ ...column, flexible: column.title === 'file' }));
  assert.deepEqual(textOf(tablesThatFit(columns, ROWS, 30)), [
    'split  accuracy  f1 weighted',
    'test      0.500        0.333',
    'split  file',
    'test   a-name-that-is-longer-…',
  ]);
});
