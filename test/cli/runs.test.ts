import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runLines } from '../../src/cli/commands/runs.js';
import type { RunRecord } from '../../src/index.js';

const record = (metric: string, value: number): RunRecord =>
  ({
    run: '20260101-0000',
    pipeline: 'p',
    recipe: 'recipe.yaml',
    started: '2026-01-01T00:00:00Z',
    status: 'success',
    metrics: { [`test_${metric}`]: value },
    metricNames: { [`test_${metric}`]: { split: 'test', metric } },
  }) as unknown as RunRecord;

test('runs show accuracies without a name, and with names if a run has another metric', () => {
  const shown = (...records: RunRecord[]) =>
    runLines(records, 120).map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    );
  const [head, row] = shown(record('accuracy', 0.75));
  assert.match(head!, /accuracy$/);
  assert.match(row!, / {2}test 0\.750$/);
  const mixed = shown(record('accuracy', 0.75), record('mAP', 0.5), record('mse', 0.25));
  assert.match(mixed[0]!, /metrics$/);
  assert.deepEqual(
    mixed.slice(1).map((line) => /test .*/.exec(line)![0]),
    ['test accuracy 0.750', 'test mAP 0.500', 'test mse 0.250'],
  );
});
