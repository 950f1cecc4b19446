import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { backend } from '../support/compare-engines.js';

function z(real: number[], imag: number[]): tf.Tensor {
  return tf.complex(real, imag);
}

test('complex numbers are made and split without running anything', async () => {
  await tf.setBackend('onnxruntime');
  const { runs, fallbacks } = backend.statistics();
  const x = tf.complex(tf.exp(tf.tensor1d([0, 0])), tf.neg(tf.tensor1d([3, 4])));
  assert.equal(x.dtype, 'complex64');
  const real = tf.real(x);
  const imag = tf.imag(tf.reshape(x, [2, 1]));
  assert.equal(backend.statistics().runs, runs);
  assert.deepEqual([...x.dataSync()], [1, -3, 1, -4]);
  assert.deepEqual([...real.dataSync()], [1, 1]);
  assert.deepEqual(imag.shape, [2, 1]);
  assert.deepEqual([...imag.dataSync()], [-3, -4]);
  assert.deepEqual(backend.statistics().fallbacks, fallbacks);
});

test('arithmetic and Fourier transforms of complex numbers run on the fallback', async () => {
  const results = async (name: string): Promise<number[][]> => {
    await tf.setBackend(name);
    const x = z([1, 2, 3, 4], [4, 3, 2, 1]);
    const y = z([0, 1, 0, 1], [1, 0, 1, 0]);
    const all = [tf.add(x, y), tf.mul(x, y), tf.fft(x), tf.ifft(y), tf.concat([x, y], 0), tf.abs(x)];
    return all.map((t) => [...t.dataSync()]);
  };
  const expected = await results('cpu');
  assert.deepEqual(await results('onnxruntime'), expected);
});

test('a short-time Fourier transform accepts pending tensors', async () => {
  const spectrum = async (name: string): Promise<number[]> => {
    await tf.setBackend(name);
    return [
      ...tf.abs(tf.signal.stft(tf.mul(tf.tensor1d([1, 2, 3, 4, 5, 6]), 2) as tf.Tensor1D, 4, 2)).dataSync(),
    ];
  };
  const expected = await spectrum('cpu');
  const got = await spectrum('onnxruntime');
  assert.equal(got.length, expected.length);
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 1e-5);
  });
});

test('a cast to complex adds imaginary parts of 0, a cast from complex drops them', async () => {
  await tf.setBackend('onnxruntime');
  const x = tf.cast(tf.tensor1d([1, 0], 'int32'), 'complex64');
  assert.deepEqual([...x.dataSync()], [1, 0, 0, 0]);
  assert.deepEqual([...tf.cast(z([1.5, 0], [2, 3]), 'int32').dataSync()], [1, 0]);
  assert.deepEqual([...tf.cast(z([1.5, 0], [2, 3]), 'bool').dataSync()], [1, 0]);
  assert.deepEqual([...tf.cast(tf.scalar(2), 'complex64').dataSync()], [2, 0]);
});

test('a part outlives the complex tensor, and everything is released', async () => {
  await tf.setBackend('onnxruntime');
  const ids = backend.numDataIds();
  const { numTensors } = tf.memory();
  const real = tf.tidy(() => tf.real(tf.complex(tf.exp(tf.tensor1d([0])), tf.tensor1d([1]))));
  assert.deepEqual([...real.dataSync()], [1]);
  assert.equal(backend.numDataIds(), ids + 1);
  real.dispose();
  assert.equal(backend.numDataIds(), ids);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('complex tensors arrive from other back ends', async () => {
  await tf.setBackend('cpu');
  const x = z([1, 2], [3, 4]);
  await tf.setBackend('onnxruntime');
  assert.deepEqual([...tf.imag(x).dataSync()], [3, 4]);
  assert.deepEqual([...x.dataSync()], [1, 3, 2, 4]);
});
