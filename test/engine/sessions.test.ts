import assert from 'node:assert/strict';
import { test } from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import { registerOnnxRuntime } from '../../src/engine/onnxruntime/index.js';
import * as tf from '../../src/engine/tf.js';

test('beyond its limit, the cache closes the least recently used structures', async () => {
  const backend = await registerOnnxRuntime({ maxSessions: 2, threads: 1 });
  await tf.setBackend('onnxruntime');
  const run = (length: number) => tf.sum(tf.ones([length])).dataSync()[0];
  run(3);
  run(4);
  const { compiled, evicted } = backend.statistics();
  assert.equal(run(3), 3);
  assert.equal(run(5), 5);
  assert.equal(run(3), 3);
  assert.equal(backend.statistics().compiled, compiled + 1);
  assert.equal(backend.statistics().evicted, evicted + 1);
  assert.equal(run(4), 4);
  assert.equal(backend.statistics().compiled, compiled + 2);
});

test('a recording that grows without a read is run in parts', async () => {
  const backend = await registerOnnxRuntime({ threads: 1, longestRecording: 10 });
  await tf.setBackend('onnxruntime');
  const total = tf.tidy(() => {
    let sum: tf.Tensor = tf.scalar(0);
    for (let i = 0; i < 30; i++) {
      const parts = tf.unstack(tf.tensor1d([i, 1, 2]));
      sum = tf.add(sum, tf.addN(parts));
    }
    return sum;
  });
  assert.ok(backend.statistics().runs > 5);
  assert.equal(total.dataSync()[0], (29 * 30) / 2 + 30 * 3);
});

test('a back end that is registered again starts afresh', async () => {
  const first = await registerOnnxRuntime();
  await tf.setBackend('onnxruntime');
  tf.exp(tf.tensor1d([1])).dataSync();
  const second = await registerOnnxRuntime();
  await tf.setBackend('onnxruntime');
  assert.notEqual(tf.backend(), first);
  assert.equal(tf.backend(), second);
  assert.ok(Math.abs(tf.exp(tf.tensor1d([1])).dataSync()[0]! - Math.E) < 1e-6);
});
