import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bootstrapIntervals } from '../../../../src/learning/training/evaluation/bootstrap-intervals.js';

interface Case {
  classes: number;
  labels: number[];
  predicted: number[];
  accuracy: [number, number];
  f1_macro: [number, number];
}

const { intervals } = JSON.parse(
  readFileSync(new URL('../../../fixtures/training/honest.json', import.meta.url), 'utf8'),
) as { intervals: Case[] };

test("intervals are SciPy's percentile bootstrap, up to the chance of the draw", () => {
  for (const { classes, labels, predicted, ...expected } of intervals) {
    const found = bootstrapIntervals(labels, predicted, { classes, seed: 42, stream: 'test' });
    assert.deepEqual([found.level, found.resamples], [0.95, 1000]);
    for (const metric of ['accuracy', 'f1_macro'] as const)
      for (const end of [0, 1] as const)
        assert.ok(
          Math.abs(found[metric][end] - expected[metric][end]) < 0.5 / Math.sqrt(labels.length) / 2,
          `${metric} ${found[metric]} against ${expected[metric]} of ${labels.length}`,
        );
  }
});

test('the same seed and stream draw the same, others draw others; a split without errors has no spread', () => {
  const { classes, labels, predicted } = intervals[1]!;
  const of = (seed: number, stream: string) =>
    bootstrapIntervals(labels, predicted, { classes, seed, stream }).f1_macro;
  assert.deepEqual(of(1, 'test'), of(1, 'test'));
  assert.notDeepEqual(of(1, 'test'), of(2, 'test'));
  assert.notDeepEqual(of(1, 'test'), of(1, 'other'));
  const perfect = bootstrapIntervals([0, 1, 1], [0, 1, 1], { classes: 3, seed: 1, stream: '' });
  assert.deepEqual(
    [perfect.accuracy, perfect.f1_macro],
    [
      [1, 1],
      [1, 1],
    ],
  );
});
