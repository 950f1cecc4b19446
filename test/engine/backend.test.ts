import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInto } from '../../src/engine/read-into.js';
import * as tf from '../../src/engine/tf.js';
import { backend, floats, generator, tensor } from '../support/compare-engines.js';

function numbers(shape: number[], seed: number): tf.Tensor {
  const random = generator(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random() - 0.5),
    shape,
  );
}

test('nothing runs before a value is read, and then everything pending runs at once', async () => {
  await tf.setBackend('onnxruntime');
  const { runs } = backend.statistics();
  const x = tf.tensor1d([1, 2, 3]);
  const y = tf.mul(x, 2);
  const z = tf.add(y, 1);
  assert.equal(backend.statistics().runs, runs);
  assert.deepEqual([...z.dataSync()], [3, 5, 7]);
  assert.deepEqual([...y.dataSync()], [2, 4, 6]);
  assert.equal(backend.statistics().runs, runs + 1);
});

test('what was disposed of before the read is not computed', async () => {
  await tf.setBackend('onnxruntime');
  const kept = tf.tidy(() => {
    const x = tf.tensor1d([4, 9]);
    tf.exp(tf.exp(tf.exp(x)));
    return tf.sqrt(x);
  });
  const { nodes } = backend.statistics();
  assert.deepEqual([...kept.dataSync()], [2, 3]);
  assert.equal(backend.statistics().nodes, nodes + 1);
});

test('the same structure is compiled once, whatever the numbers', async () => {
  await tf.setBackend('onnxruntime');
  const step = (rate: number, seed: number) => {
    const result = tf.tidy(() => tf.sum(tf.mul(tf.tanh(numbers([3, 5], seed)), tf.scalar(rate))));
    const value = result.dataSync()[0];
    result.dispose();
    return value;
  };
  const first = step(0.1, 1);
  const { compiled } = backend.statistics();
  assert.notEqual(step(0.01, 1), first);
  assert.notEqual(step(0.1, 2), first);
  assert.equal(step(0.1, 1), first);
  assert.equal(backend.statistics().compiled, compiled);
  tf.dispose(tf.sum(numbers([3, 6], 1)).dataSync());
  assert.equal(backend.statistics().compiled, compiled + 1);
});

test('structures that differ only in an attribute, a constant, a shape or the outputs are distinguished', async () => {
  await tf.setBackend('onnxruntime');
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  assert.deepEqual([...tf.sum(x, 0).dataSync()], [5, 7, 9]);
  assert.deepEqual([...tf.sum(x, 1).dataSync()], [6, 15]);
  assert.deepEqual([...tf.slice(x, [0, 0], [1, 3]).dataSync()], [1, 2, 3]);
  assert.deepEqual([...tf.slice(x, [1, 0], [1, 3]).dataSync()], [4, 5, 6]);
  assert.deepEqual([...tf.cumsum(x, 1).dataSync()], [1, 3, 6, 4, 9, 15]);
  assert.deepEqual([...tf.cumsum(x, 1, true).dataSync()], [0, 1, 3, 0, 4, 9]);
  assert.deepEqual([...tf.cumsum(tf.reshape(x, [3, 2]), 1).dataSync()], [1, 3, 3, 7, 5, 11]);
  const negative = tf.neg(x);
  const square = tf.square(negative);
  negative.dispose();
  assert.deepEqual([...square.dataSync()], [1, 4, 9, 16, 25, 36]);
  assert.deepEqual([...tf.neg(x).dataSync()], [-1, -2, -3, -4, -5, -6]);
});

test('a value that was read is an input of what follows', async () => {
  await tf.setBackend('onnxruntime');
  const x = tf.exp(tf.tensor1d([0, 1]));
  x.dataSync();
  const { nodes } = backend.statistics();
  const y = tf.reshape(tf.log(tf.reshape(x, [2, 1])), [2]);
  assert.ok(Math.abs(y.dataSync()[1]! - 1) < 1e-6);
  assert.equal(backend.statistics().nodes, nodes + 1);
});

test('tidy and dispose release every tensor and every buffer', async () => {
  await tf.setBackend('onnxruntime');
  const before = tf.memory();
  const ids = backend.numDataIds();
  const w = tf.variable(numbers([4, 3], 1));
  for (let i = 0; i < 3; i++) {
    const { value, grads } = tf.variableGrads(() =>
      tf.sum(tf.square(tf.matMul(numbers([2, 4], i), w as tf.Tensor2D))),
    );
    tf.tidy(() => w.assign(tf.sub(w, tf.mul(Object.values(grads)[0]!, 0.1))));
    value.dataSync();
    tf.dispose([value, grads]);
  }
  // The variable, and the tensor that it was made from.
  assert.equal(tf.memory().numTensors, before.numTensors + 2);
  tf.dispose(w);
  assert.equal(tf.memory().numTensors, before.numTensors + 1);
  assert.equal(backend.numDataIds(), ids + 1);
});

test('aliases keep the data alive until the last of them is disposed of', async () => {
  await tf.setBackend('onnxruntime');
  const x = tf.exp(tf.tensor1d([0, 0]));
  const y = tf.reshape(x, [2, 1]);
  const z = tf.clone(y);
  x.dispose();
  y.dispose();
  assert.deepEqual([...z.dataSync()], [1, 1]);
  assert.equal(backend.refCount(z.dataId), 1);
  z.dispose();
});

test('a weight that is disposed of while a result is pending is still used', async () => {
  await tf.setBackend('onnxruntime');
  const w = tf.tensor1d([1, 2, 3]);
  const y = tf.mul(w, 3);
  w.dispose();
  assert.deepEqual([...y.dataSync()], [3, 6, 9]);
});

test('training a small network gives the losses of the CPU back end, and the same bits each time', async () => {
  const train = async (name: string): Promise<number[]> => {
    await tf.setBackend(name);
    const x = numbers([16, 6], 1);
    const target = numbers([16, 2], 2);
    const weights = [numbers([6, 8], 3), numbers([8], 4), numbers([8, 2], 5)].map((t) => tf.variable(t));
    const [w1, b, w2] = weights as [tf.Variable, tf.Variable, tf.Variable];
    const losses: number[] = [];
    for (let i = 0; i < 10; i++) {
      const { value, grads } = tf.variableGrads(() => {
        const h = tf.tanh(tf.add(tf.matMul(x, w1), b));
        return tf.mean(tf.squaredDifference(tf.matMul(h, w2), target));
      });
      tf.tidy(() => {
        for (const w of weights) w.assign(tf.sub(w, tf.mul(grads[w.name]!, 0.5 / (1 + i))));
      });
      losses.push(value.dataSync()[0]!);
      tf.dispose([value, grads]);
    }
    tf.dispose([x, target, weights]);
    return losses;
  };
  const reference = await train('cpu');
  const first = await train('onnxruntime');
  const { compiled } = backend.statistics();
  const second = await train('onnxruntime');
  assert.ok(reference[9]! < reference[0]!);
  reference.forEach((loss, i) => {
    assert.ok(Math.abs(loss - first[i]!) < 1e-6);
  });
  assert.deepEqual(second, first);
  assert.equal(backend.statistics().compiled, compiled);
});

test('a kernel that only the CPU back end has runs there, and its result comes back', async () => {
  await tf.setBackend('onnxruntime');
  const before = backend.statistics().fallbacks.Unique ?? 0;
  const { values, indices } = tf.unique(tf.exp(tf.tensor1d([1, 3, 1])));
  const sum = tf.sum(values);
  assert.ok(Math.abs(sum.dataSync()[0]! - Math.exp(3) - Math.exp(1)) < 1e-4);
  assert.deepEqual([...indices.dataSync()], [0, 1, 0]);
  assert.equal(backend.statistics().fallbacks.Unique, before + 1);
});

test('tensors move between back ends', async () => {
  await tf.setBackend('cpu');
  const x = tf.tensor1d([1, 2]);
  await tf.setBackend('onnxruntime');
  const y = tf.mul(x, 2);
  await tf.setBackend('cpu');
  assert.deepEqual([...tf.add(y, 1).dataSync()], [3, 5]);
});

test('asynchronous reads give the same values as synchronous ones', async () => {
  await tf.setBackend('onnxruntime');
  const x = tf.exp(tensor(floats([3, 2])));
  assert.deepEqual(await x.data(), tf.clone(x).dataSync());
});

test('an index out of range is an error, and later work is not affected', async () => {
  await tf.setBackend('onnxruntime');
  assert.throws(() => tf.gather(tf.tensor1d([1, 2]), tf.tensor1d([5], 'int32')), /5 is not in \[0, 1\]/);
  const bad = tf.gather(tf.tensor1d([1, 2]), tf.abs(tf.tensor1d([-5], 'int32')));
  assert.throws(() => bad.dataSync());
  bad.dispose();
  assert.deepEqual([...tf.neg(tf.tensor1d([1])).dataSync()], [-1]);
});

test('results are written into arrays that the reader provides, whether computed or pending, along with everything else pending', async () => {
  await tf.setBackend('onnxruntime');
  const x = tf.tensor1d([1, 2, 3]);
  const doubled = tf.mul(x, 2);
  const more = tf.add(doubled, 1);
  const pending = tf.neg(doubled);
  const targets = [new Float32Array(3), new Float32Array(3), new Float32Array(3), new Float32Array(3)];
  readInto([doubled, more, x, doubled], targets);
  assert.deepEqual(
    targets.map((target) => [...target]),
    [
      [2, 4, 6],
      [3, 5, 7],
      [1, 2, 3],
      [2, 4, 6],
    ],
  );
  assert.equal(more.dataSync(), targets[1]);
  assert.deepEqual([...pending.dataSync()], [-2, -4, -6]);
});

test('an error of an in-place run is reported', async () => {
  await tf.setBackend('onnxruntime');
  const bad = tf.gather(tf.tensor1d([1, 2]), tf.abs(tf.tensor1d([-7], 'int32')));
  assert.throws(() => readInto([bad], [new Float32Array(1)]), /indices|out of|range/i);
  bad.dispose();
});
