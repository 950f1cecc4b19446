import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../src/engine/tf.js';
import { backend } from '../support/compare-engines.js';

test('after a reset of TensorFlow.js the back end is empty and computes again', async () => {
  await tf.setBackend('onnxruntime');
  const x = tf.exp(tf.tensor1d([0]));
  assert.deepEqual([...x.dataSync()], [1]);
  tf.neg(x);
  assert.ok(backend.numDataIds() > 0);

  tf.engine().reset();
  assert.equal(backend.numDataIds(), 0);
  await tf.setBackend('onnxruntime');
  const { runs } = backend.statistics();
  assert.deepEqual([...tf.exp(tf.tensor1d([0, 0])).dataSync()], [1, 1]);
  assert.equal(backend.statistics().runs, runs + 1);
});
