import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openEngine } from '../../src/engine/open-engine.js';
import { behindGate, gated, gelu, layerNorm, linear } from '../../src/engine/ops.js';
import { recordInto } from '../../src/engine/record.js';
import * as tf from '../../src/engine/tf.js';
import { floats } from '../support/plain-tensors.js';

before(async () => {
  await openEngine('onnxruntime', { threads: 1 });
});

type Gate = typeof gated;
const plain: Gate = (x, kept) => tf.mul(x, kept);

const given = [floats([3, 4]), floats([4, 4]), floats([4]), floats([4, 4]), floats([4])] as const;
const parameters = () => given.map(({ values, shape }) => tf.tensor(values, shape));

/** A sum after two layers that gates may close, the second of which uses the first one's weight, too. */
function network(gate: Gate, kept: readonly Float32Array[]) {
  return (...[x, w, b, v, c]: tf.Tensor[]): tf.Scalar => {
    let hidden = x as tf.Tensor2D;
    [
      (h: tf.Tensor2D) => layerNorm(gelu(linear(h, w!, b!)), b!, c!, 1e-5),
      (h: tf.Tensor2D) => tf.softmax(tf.matMul(linear(h, v!, c!), w as tf.Tensor2D)),
    ].forEach((layer, index) => {
      const open = tf.tensor(kept[index]!, []) as tf.Scalar;
      hidden = tf.add(gate(layer(hidden) as tf.Tensor2D, open), tf.mul(hidden, tf.sub(1, open)));
    });
    return tf.sum(tf.square(hidden));
  };
}

/** The sum, its gradients, and a function that computes them again. */
function compute(gate: Gate, kept: readonly Float32Array[]) {
  const results = [new Float32Array(1), ...given.map(({ values }) => new Float32Array(values.length))];
  const recording = recordInto(
    () =>
      tf.tidy(() => {
        const { value, grads } = tf.valueAndGrads(network(gate, kept))(parameters());
        return [value, ...grads];
      }),
    results,
  );
  // 0 for both zeros.
  const numbers = () => results.map((array) => Array.from(array, (number) => number + 0));
  return {
    numbers: numbers(),
    again: () => {
      assert.ok(recording, 'cannot be run again');
      recording.run(results);
      return numbers();
    },
  };
}

const states = [
  [1, 1],
  [0, 1],
  [1, 0],
  [0, 0],
] as const;

test('a gated computation and its gradients are those of a product with 0 or 1, to the bit', () => {
  for (const state of states) {
    const kept = state.map((one) => Float32Array.of(one));
    assert.deepEqual(compute(gated, kept).numbers, compute(plain, kept).numbers, String(state));
  }
});

test('gates open and close from run to run of one graph', () => {
  const kept = [Float32Array.of(0), Float32Array.of(1)];
  const { again } = compute(gated, kept);
  for (const state of [...states, ...states]) {
    for (const [index, one] of state.entries()) kept[index]!.set([one]);
    const expected = compute(
      plain,
      state.map((one) => Float32Array.of(one)),
    );
    assert.deepEqual(again(), expected.numbers, String(state));
  }
});

/** Gated, what is not a number. */
function logarithm(kept: number): number[] {
  const x = tf.tensor1d([-1, -2]);
  return Array.from(gated(tf.log(tf.square(tf.sqrt(x))), tf.scalar(kept)).dataSync(), (one) => one + 0);
}

test('what is behind a closed gate is not computed', () => {
  assert.deepEqual(logarithm(0), [0, 0]);
  assert.deepEqual(logarithm(1), [Number.NaN, Number.NaN]);
});

test('a gate may be behind another one that needs more results of the same operation', () => {
  const [x, , gamma] = given;
  const results = (gate: Gate, [outer, inner]: readonly number[]) =>
    tf.tidy(() => {
      const { value, grads } = tf.valueAndGrads((scale: tf.Tensor): tf.Scalar => {
        const normal = layerNorm(tf.tensor(x.values, x.shape), scale, tf.zeros([4]), 1e-5);
        const within = gate(tf.tanh(normal), tf.scalar(inner!));
        return tf.sum(gate(tf.add(tf.square(normal), within), tf.scalar(outer!)));
      })([tf.tensor(gamma.values)]);
      return [value, ...grads].flatMap((result) => Array.from(result.dataSync(), (one) => one + 0));
    });
  for (const state of states) assert.deepEqual(results(gated, state), results(plain, state), String(state));
});

test('behind a closed gate, what is infinite gives no gradients, with gates and without', async () => {
  const gradients = () => {
    const kept = tf.scalar(0);
    const { grads } = tf.valueAndGrads((x: tf.Tensor, w: tf.Tensor): tf.Scalar => {
      const large = tf.square(tf.square(tf.mul(behindGate(x, kept), w)));
      return tf.sum(tf.add(gated(large, kept), tf.mul(x, tf.sub(1, kept))));
    })([tf.tensor1d([1e30, -1e30]), tf.tensor1d([1, 2])]);
    return grads.map((grad) => Array.from(grad.dataSync(), (one) => one + 0));
  };
  const expected = [
    [1, 1],
    [0, 0],
  ];
  assert.deepEqual(gradients(), expected);
  await openEngine('cpu');
  assert.deepEqual(gradients(), expected);
  await openEngine('onnxruntime', { threads: 1 });
});

test('an engine without gates chooses', async () => {
  const kept = [Float32Array.of(0), Float32Array.of(1)];
  const expected = compute(gated, kept).numbers;
  await openEngine('cpu');
  const values = compute(gated, kept).numbers.flat();
  for (const [index, one] of expected.flat().entries()) assert.ok(Math.abs(one - values[index]!) < 1e-4);
  assert.deepEqual(logarithm(0), [0, 0]);
  assert.deepEqual(logarithm(1), [Number.NaN, Number.NaN]);
});
