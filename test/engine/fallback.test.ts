import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../src/engine/tf.js';
import { backend, sameAsCpu } from '../support/compare-engines.js';

const empty = (shape: number[]) => ({ shape, dtype: 'float32' as const, values: [] });
const some = (shape: number[], values: number[]) => ({ shape, dtype: 'float32' as const, values });

test('empty tensors have the shapes and types that the CPU back end gives them', async () => {
  await sameAsCpu((x) => tf.add(x!, 1), [empty([0, 3])]);
  await sameAsCpu((x) => tf.sum(x!, 0), [empty([0, 3])]);
  await sameAsCpu((x) => tf.greater(x!, 1), [empty([2, 0])]);
  await sameAsCpu((x, y) => tf.concat([x!, y!], 0), [empty([0, 2]), some([1, 2], [3, 4])]);
  await sameAsCpu(
    (x, y) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D),
    [empty([0, 2]), some([2, 1], [1, 2])],
  );
  await sameAsCpu((x) => tf.slice(tf.exp(x!), [1], [0]), [some([2], [0, 1])]);
  await sameAsCpu((x) => tf.stridedSlice(tf.exp(x!), [1], [1], [2]), [some([2], [0, 1])]);
});

test('strings pass through', async () => {
  await tf.setBackend('onnxruntime');
  const words = tf.tensor1d(['ja', 'nej', 'måske'], 'string');
  assert.deepEqual(tf.reshape(words, [3, 1]).arraySync(), [['ja'], ['nej'], ['måske']]);
  assert.deepEqual(tf.slice(words, [1], [2]).dataSync(), ['nej', 'måske']);
});

test('kernels that take lists of tensors get them', async () => {
  await tf.setBackend('onnxruntime');
  const { fallbacks } = backend.statistics();
  const splits = [tf.tensor1d([0, 2, 3], 'int32')];
  const values = tf.mul(tf.tensor1d([1, 2, 3]), 2);
  const dense = tf.raggedTensorToTensor(tf.tensor1d([2, 2], 'int32'), values, tf.scalar(0), splits, [
    'ROW_SPLITS',
  ]);
  assert.deepEqual(dense.arraySync(), [
    [2, 4],
    [6, 0],
  ]);
  assert.equal(
    backend.statistics().fallbacks.RaggedTensorToTensor,
    (fallbacks.RaggedTensorToTensor ?? 0) + 1,
  );
});

test('the CPU back end keeps nothing, whether a kernel succeeds or throws', async () => {
  await tf.setBackend('onnxruntime');
  const cpu = tf.findBackend('cpu');
  const before = cpu.numDataIds();
  const own = backend.numDataIds();
  tf.tidy(() => {
    tf.unique(tf.tensor1d([1, 3, 1]));
    tf.fft(tf.complex([1, 2], [3, 4]));
    assert.throws(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])), /inner shapes/);
  });
  assert.equal(cpu.numDataIds(), before);
  assert.equal(backend.numDataIds(), own);
});

test('shapes that do not match are an error of the operation, not of a later read', async () => {
  await tf.setBackend('onnxruntime');
  const x = tf.ones([2, 3]);
  assert.throws(() => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, true, true), /inner shapes/);
  assert.throws(() => tf.concat([x, tf.ones([3, 2])], 0), /Shape/);
  assert.throws(() => tf.stack([x, tf.ones([3, 2])]), /matching shapes/);
  assert.throws(() => tf.split(x, [1, 1], 1), /sum/);
  assert.throws(() => tf.expandDims(x, -4), /Axis/);
  assert.throws(() => tf.add(x, tf.ones([2, 2])), /broadcast/);
});

test('max and min propagate NaN, argMax and argMin skip it, and its sign is 0', async () => {
  const data = some([2, 3], [1, Number.NaN, 3, -1, -2, -3]);
  await sameAsCpu((x) => [tf.max(x!, 1), tf.min(x!, 0), tf.max(x!)], [data]);
  await sameAsCpu((x) => [tf.argMax(x!, 1), tf.argMin(x!, 1)], [data]);
  await sameAsCpu((x) => tf.sign(x!), [data]);
});
