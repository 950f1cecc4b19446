import assert from 'node:assert/strict';
import '@tensorflow/tfjs-backend-cpu';
import { type OnnxRuntimeBackend, registerOnnxRuntime } from '../../src/engine/onnxruntime/index.js';
import { openEngine } from '../../src/engine/open-engine.js';
import * as tf from '../../src/engine/tf.js';
import { testDevice, testEngine } from './engine.js';

if (testEngine !== 'onnxruntime') await openEngine(testEngine);

export const backend: OnnxRuntimeBackend = await registerOnnxRuntime({ threads: 2, device: testDevice });

/** A tensor as plain data, to be created on each back end. */
export interface Data {
  shape: number[];
  dtype: 'float32' | 'int32' | 'bool';
  values: number[];
}

/** Numbers in [0, 1) from a linear congruential generator: the same in every run. */
export function generator(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = generator(7);

/** Random floats in [low, high). */
export function floats(shape: number[], low = -2, high = 2): Data {
  return fill(shape, 'float32', () => low + (high - low) * random());
}

/** Random integers in [low, high). */
export function ints(shape: number[], low = -5, high = 6): Data {
  return fill(shape, 'int32', () => Math.floor(low + (high - low) * random()));
}

/** Random booleans. */
export function bools(shape: number[]): Data {
  return fill(shape, 'bool', () => (random() < 0.5 ? 0 : 1));
}

function fill(shape: number[], dtype: Data['dtype'], value: () => number): Data {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype, values: Array.from({ length: size }, value) };
}

/** The tensor of some data on the active back end. */
export function tensor({ values, shape, dtype }: Data): tf.Tensor {
  return tf.tensor(dtype === 'float32' ? Float32Array.from(values) : values, shape, dtype);
}

export type Operation = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** The result of an operation on a back end. */
export async function evaluate(name: string, operation: Operation, inputs: Data[]): Promise<Data[]> {
  await tf.setBackend(name);
  const tensors = tf.tidy(() => [operation(...inputs.map(tensor))].flat());
  try {
    return tensors.map((t) => ({
      shape: t.shape,
      dtype: t.dtype as Data['dtype'],
      values: Array.from(t.dataSync()),
    }));
  } finally {
    tf.dispose(tensors);
  }
}

/** Asserts that an operation gives the same on the tests' engine as on the CPU back end. */
export async function sameAsCpu(operation: Operation, inputs: Data[], tolerance = 2e-6): Promise<void> {
  const expected = await evaluate('cpu', operation, inputs);
  const got = await evaluate(testEngine, operation, inputs);
  assertClose(got, expected, tolerance);
}

/** Asserts equal shapes and types, and values within `tolerance` of the largest. */
export function assertClose(got: Data[], expected: Data[], tolerance: number): void {
  assert.equal(got.length, expected.length, 'number of outputs');
  expected.forEach((want, i) => {
    const have = got[i]!;
    assert.deepEqual(have.shape, want.shape, 'shape');
    assert.equal(have.dtype, want.dtype, 'dtype');
    const scale = want.values.reduce((max, v) => (Number.isFinite(v) ? Math.max(max, Math.abs(v)) : max), 1);
    want.values.forEach((value, j) => {
      const other = have.values[j]!;
      const close =
        Object.is(value, other) || value === other || Math.abs(value - other) <= tolerance * scale;
      assert.ok(close, `output ${i}[${j}]: expected ${value}, got ${other}`);
    });
  });
}
