import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import { metricsOf } from '../../../src/pipeline/run/run-metrics.js';

test('all metrics of a later report on the same split have its stage in front, also those of other names', () => {
  const stage = (id: string, metrics: Record<string, Record<string, number>>) => {
    const artifact = { kind: 'report', metrics, files: {} };
    return { id, entry: { artifact } as unknown as Entry };
  };
  const { metrics, metricNames } = metricsOf([
    stage('scores', { test: { loss: 1, mAP: 0.5 }, more: { loss: 2 } }),
    stage('sizes', { test: { loss: 3, mse: 4 } }),
    { id: 'missing', entry: undefined },
  ]);
  const expected = { test_loss: 1, test_mAP: 0.5, more_loss: 2, sizes_test_loss: 3, sizes_test_mse: 4 };
  assert.deepEqual(metrics, expected);
  assert.deepEqual(metricNames.sizes_test_mse, { split: 'sizes_test', metric: 'mse' });
});
