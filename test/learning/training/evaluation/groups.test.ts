import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationBins, groupReport } from '../../../../src/learning/training/evaluation/groups.js';

test('metrics per group, and the worst: of equals, the largest', () => {
  const labels = [0, 1, 0, 1, 0, 0, 1];
  const predicted = [0, 1, 1, 0, 1, 1, 0];
  const groups = ['ann', 'ann', 'bob', 'cyd', 'cyd', 'dee', 'ann'];
  const options = { names: ['a', 'b'], seed: 1, stream: 'test' };
  const report = groupReport({ by: 'speaker', groups }, { labels, predicted }, options);
  assert.deepEqual([report.by, report.worst], ['speaker', 'cyd']);
  assert.deepEqual(
    report.groups.map(({ group, num_rows, accuracy }) => [group, num_rows, accuracy]),
    [
      ['ann', 3, 2 / 3],
      ['bob', 1, 0],
      ['cyd', 2, 0],
      ['dee', 1, 0],
    ],
  );
  assert.deepEqual(report.groups[1]!.accuracy_interval, [0, 0]);
  const [low, high] = report.groups[0]!.accuracy_interval;
  assert.ok(low < 2 / 3 && high > 2 / 3);
});

test('durations in bins: the lower edge belongs to a bin', () => {
  assert.deepEqual(durationBins([0.5, 1, 1.9, 2.5, 4], [1, 2.5]), [
    '< 1 s',
    '1–2.5 s',
    '1–2.5 s',
    '≥ 2.5 s',
    '≥ 2.5 s',
  ]);
});
