import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { labelErrors } from '../../../src/learning/report/label-errors.js';

const { labels, scores, found } = JSON.parse(
  readFileSync(new URL('../../fixtures/report/label-errors.json', import.meta.url), 'utf8'),
) as { labels: number[]; scores: number[][]; found: number[] };
const NAMES = ['a', 'b', 'c', 'd'];

test('likely label errors are those that cleanlab finds, in its order', () => {
  const predictions = scores.map((each, row) => {
    const best = each.indexOf(Math.max(...each));
    return { row, label: NAMES[labels[row]!]!, predicted: NAMES[best]!, score: each[best]!, scores: each };
  });
  const errors = labelErrors(predictions, NAMES);
  assert.deepEqual(
    errors.map(({ row }) => row),
    found,
  );
});

test('without scores of all classes, no label is in doubt', () => {
  assert.deepEqual(labelErrors([{ row: 0, label: 'a', predicted: 'b', score: 1 }], NAMES), []);
});
