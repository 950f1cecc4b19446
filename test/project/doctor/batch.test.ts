import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseBatch, guessingLoss } from '../../../src/project/doctor/batch.js';

test('a batch has clips of as many classes as there are, and few of each', () => {
  assert.deepEqual(chooseBatch([0, 0, 0, 1, 0, 2], 1, 4), [0, 3, 5, 1]);
  assert.deepEqual(chooseBatch([0, 1], 1, 16), [0, 1]);
  // Two labels a row.
  assert.deepEqual(chooseBatch([1, 0, 1, 0, 0, 1], 2, 2), [0, 2]);
});

test('guessing loses the entropy of the labels, or the variance of numbers', () => {
  assert.ok(Math.abs(guessingLoss([0, 1, 2, 3], 1, 'single_label_classification') - Math.log(4)) < 1e-12);
  assert.equal(guessingLoss([1, 1], 1, 'single_label_classification'), 0);
  const several = guessingLoss([1, 0, 0, 0], 2, 'multi_label_classification');
  assert.ok(Math.abs(several - Math.LN2 / 2) < 1e-12);
  assert.equal(guessingLoss([1, 3], 1, 'regression'), 1);
});
