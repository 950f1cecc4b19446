import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mlflowMetric, mlflowParams } from '../../../../../src/learning/training/trackers/mlflow/limits.js';

test('parameters are what Python prints; what MLflow would refuse is left out', () => {
  const config = { hidden_size: 16, seed: 1, '../x': 1, long: 'x'.repeat(6001), id2label: { 0: 'a' } };
  const args = { seed: 7, learning_rate: 3e-5, bf16: false, resume: null, model: 'a b' };
  assert.deepEqual(
    mlflowParams(config, args).map(({ key, value }) => `${key}: ${value}`),
    [
      'hidden_size: 16',
      'seed: 7',
      'id2label: {"0":"a"}',
      'learning_rate: 3e-05',
      'bf16: False',
      'resume: None',
      'model: a b',
    ],
  );
});

test('names of metrics become ones that every store takes', () => {
  assert.deepEqual(['eval_loss', 'eval_a/b:c', '..', 'ü'.repeat(300)].map(mlflowMetric), [
    'eval_loss',
    'eval_a_b_c',
    '_.',
    '_'.repeat(250),
  ]);
});
