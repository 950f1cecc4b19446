import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareLogits, isEqual, type Truth } from '../../../src/learning/export/agreement.js';
import type { Dtype } from '../../../src/learning/export/dtypes/dtypes.js';
import { refuseDisagreement } from '../../../src/learning/export/refuse-disagreement.js';

const reference = Float32Array.of(2, 1, 0, 0, 1, 2);
const truth: Truth = { type: 'single_label_classification', labels: [0, 2], names: ['a', 'b', 'c'] };
const changed = (change: (logits: Float32Array) => void) => {
  const logits = reference.slice();
  change(logits);
  return compareLogits(logits, reference, truth);
};
const refuse = (graphs: (ReturnType<typeof changed> & { dtype: Dtype })[], minAgreement = 0.9) =>
  refuseDisagreement(graphs, { split: 'test', minAgreement });

test('predictions and the main metric are compared', () => {
  const { max_difference, ...rest } = changed((logits) => logits.set([1.5], 1));
  assert.ok(Math.abs(max_difference - 0.5) < 1e-6);
  const expected = { largest_logit: 2, metric: 'accuracy', value: 1, reference: 1, same_predictions: 1 };
  assert.deepEqual(rest, expected);
  const other = changed((logits) => logits.set([3], 1));
  assert.deepEqual([other.same_predictions, other.value], [0.5, 0.5]);
  const labels = {
    type: 'multi_label_classification',
    labels: [1, 1, 0, 0, 0, 1],
    names: truth.names,
  } as const;
  const several = compareLogits(Float32Array.of(2, 1, 0.1, 0, 1, 2), reference, labels);
  assert.deepEqual([several.same_predictions, several.metric], [0.5, 'mAP']);
  const numbers = { type: 'regression', labels: [2, 1, 0, 0, 1, 2], names: truth.names } as const;
  const values = compareLogits(Float32Array.of(2, 1, 0, 0, 1, 3), reference, numbers);
  assert.deepEqual([values.same_predictions, values.metric, values.reference], [undefined, 'mse', 0]);
  assert.ok(Math.abs(values.value - 1 / 6) < 1e-6);
});

test('fp32 must have the same logits, beyond 1 in proportion', () => {
  assert.ok(isEqual(changed((logits) => logits.set([2.0001], 0))));
  assert.ok(!isEqual(changed((logits) => logits.set([2.001], 0))));
  refuse([{ dtype: 'fp32', ...changed(() => {}) }]);
  assert.throws(() => refuse([{ dtype: 'fp32', ...changed((logits) => logits.set([2.001], 0)) }]), {
    expected: 'logits of fp32 within 0.0001',
    got: "on split 'test', fp32: 1.0e-3",
    hint: undefined,
  });
});

test('all data types that predict otherwise, or nothing, are refused at once', () => {
  const half = changed((logits) => logits.set([3], 1));
  const nothing = changed((logits) => logits.fill(Number.NaN));
  assert.throws(
    () =>
      refuse([
        { dtype: 'q8', ...half },
        { dtype: 'fp16', ...nothing },
      ]),
    {
      expected: 'at least 90 % equal predictions; finite logits',
      got: "on split 'test', q8: 50 % (accuracy 1.000 → 0.500); fp16: logits that are not numbers",
      hint: 'Leave out the data type, or set a lower min_agreement.',
    },
  );
  refuse([{ dtype: 'q8', ...half }], 0.5);
});
