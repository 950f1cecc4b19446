import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  changesText,
  comparePredictions,
  type PredictionChanges,
} from '../../../src/pipeline/diff/compare-predictions.js';
import { mcnemar } from '../../../src/pipeline/diff/mcnemar.js';

const { mcnemar: cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/training/honest.json', import.meta.url), 'utf8'),
) as { mcnemar: { lost: number; won: number; p: number }[] };

/** A report on clips of class 'a': what was predicted, a letter each. */
const report = (predicted: string, labels = 'a'.repeat(predicted.length)) =>
  Buffer.from(
    JSON.stringify({
      split: 'test',
      predictions: Array.from(predicted, (letter, row) => ({ row, label: labels[row], predicted: letter })),
    }),
  );

test("the p-value is SciPy's exact binomial test", () => {
  for (const { lost, won, p } of cases)
    assert.ok(
      Math.abs(mcnemar(lost, won) - p) < 1e-9 * Math.max(1, p),
      `${lost} ${won}: ${mcnemar(lost, won)}`,
    );
});

test('clips that became right, wrong, or wrong in another way', () => {
  const changes = comparePredictions(report('aabbc'), report('abacc')) as PredictionChanges;
  assert.deepEqual(changes.lost, [{ row: 1, label: 'a', before: 'a', after: 'b' }]);
  assert.deepEqual(changes.won, [{ row: 2, label: 'a', before: 'b', after: 'a' }]);
  assert.deepEqual([changes.otherwise, changes.p, changes.num_rows], [1, 1, 5]);
  assert.equal(
    changesText(changes),
    'test 1 wrong → right, 1 right → wrong, 1 wrong in another way, of 5 clips: ' +
      "no more than chance would do (McNemar's exact test, p = 1)",
  );
  const better = comparePredictions(report('b'.repeat(20)), report('a'.repeat(20))) as PredictionChanges;
  assert.match(changesText(better), /^test 20 wrong → right, 0 .*: more than chance \(.*, p < 0\.0001\)$/);
});

test('other clips, other labels and other kinds of reports are not compared', () => {
  assert.match(String(comparePredictions(report('aa'), report('aaa'))), /clips or their labels/);
  assert.match(String(comparePredictions(report('aa'), report('aa', 'ab'))), /clips or their labels/);
  for (const text of [
    '[1]',
    '{"split":"test"}',
    'null',
    '{"split":"test","predictions":[{"row":0,"label":1}]}',
    '',
  ])
    assert.equal(comparePredictions(Buffer.from(text), report('a')), undefined, text);
});
