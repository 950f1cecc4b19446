import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BinaryCrossEntropy } from '../../../src/learning/training/losses/binary-cross-entropy.js';
import { SquaredError } from '../../../src/learning/training/losses/squared-error.js';
import { averagePrecision, multiLabelMetrics } from '../../../src/learning/training/multi-label-metrics.js';
import { regressionMetrics } from '../../../src/learning/training/regression-metrics.js';
import { maxDifference } from '../../support/reference-model.js';

const path = fileURLToPath(new URL('../../fixtures/targets/metrics.json', import.meta.url));
const { several, regressions } = JSON.parse(readFileSync(path, 'utf8'));
const close = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${what}: ${actual}, not ${expected}`);

describe('several labels a clip', () => {
  const logits = Float32Array.from(several.logits);
  const { metrics, labels } = multiLabelMetrics(logits, several.truth, several.thresholds);

  it("mAP, F1 and subset accuracy equal scikit-learn's, with a threshold per label", () => {
    for (const [name, value] of Object.entries(metrics)) close(value, several[name], name);
  });

  it('so do the numbers of each label, also of one that no clip has or that is never predicted', () => {
    for (const name of ['precision', 'recall', 'f1', 'average_precision', 'support'] as const)
      assert.ok(
        maxDifference(
          labels.map((one) => one[name]),
          several[name],
        ) < 1e-9,
        name,
      );
    assert.equal(labels[4]!.support, 0);
    assert.equal(labels[5]!.precision, 0);
  });

  it("the loss equals PyTorch's, with weights and focal loss, too", () => {
    const { weights } = several;
    close(new BinaryCrossEntropy(6).measure(logits, several.truth).loss!, several.loss, 'loss');
    const focal = new BinaryCrossEntropy(6, { weights, gamma: 2 }).measure(logits, several.truth).loss!;
    close(focal, several.focal, 'focal loss');
  });

  it('the order of equal scores does not matter', () => {
    assert.equal(averagePrecision([1, 1, 0], [1, 0, 1]), averagePrecision([1, 1, 0], [0, 1, 1]));
    assert.equal(averagePrecision([2, 1], [0, 0]), 0);
  });
});

describe('numbers', () => {
  for (const { outputs, values, predicted, ...expected } of regressions)
    it(`${outputs} a clip: errors, r2 and correlation equal those of scikit-learn and SciPy`, () => {
      const metrics = new SquaredError(outputs).measure(Float32Array.from(predicted), values);
      for (const [name, value] of Object.entries(expected)) close(metrics[name]!, value as number, name);
      assert.equal(metrics.loss, metrics.mse);
    });

  it('that are all the same have an r2 and a correlation all the same', () => {
    assert.deepEqual(regressionMetrics([1, 3], [2, 2], 1), { mse: 1, mae: 1, r2: 0, pearson: 0 });
    assert.equal(regressionMetrics([2, 2], [2, 2], 1).r2, 1);
  });
});
