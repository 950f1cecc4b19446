import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { classificationMetrics, crossEntropy, predictions } from '../../../src/learning/training/metrics.js';
import { fixtures, maxDifference } from '../../support/reference-model.js';

const fixture = JSON.parse(readFileSync(join(fixtures, 'metrics.json'), 'utf8'));
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

test("accuracy, F1, precision, recall and confusion equal scikit-learn's, also for rare or absent classes", () => {
  const metrics = classificationMetrics(fixture.labels, fixture.predicted, names);
  for (const name of ['accuracy', 'f1_macro', 'f1_weighted'] as const) {
    assert.ok(Math.abs(metrics[name] - fixture[name]) < 1e-12, name);
  }
  for (const name of ['precision', 'recall', 'f1', 'support'] as const) {
    assert.ok(
      maxDifference(
        metrics.classes.map((one) => one[name]),
        fixture[name],
      ) < 1e-12,
      name,
    );
  }
  assert.deepEqual(metrics.confusion, fixture.confusion);
});

test("cross-entropy equals PyTorch's, and with label smoothing that of transformers", () => {
  const logits = Float32Array.from(fixture.logits);
  assert.ok(Math.abs(crossEntropy(logits, fixture.labels) - fixture.cross_entropy) < 1e-9);
  assert.ok(Math.abs(crossEntropy(logits, fixture.labels, 0.1) - fixture.smoothed) < 1e-6);
});

test('the most likely class and its probability, also for huge logits', () => {
  const { predicted, scores } = predictions(Float32Array.of(0, Math.log(3), 0, 1000, 999, -1000), 3);
  assert.deepEqual(predicted, [1, 0]);
  assert.ok(Math.abs(scores[0]! - 0.6) < 1e-7);
  assert.ok(Math.abs(scores[1]! - 1 / (1 + Math.exp(-1))) < 1e-12);
});
