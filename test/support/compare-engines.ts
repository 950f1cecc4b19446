import assert from 'node:assert/strict';
import '@tensorflow/tfjs-backend-cpu';
import { type OnnxRuntimeBackend, registerOnnxRuntime } from '../../src/engine/onnxruntime/index.js';
import { openEngine } from '../../src/engine/open-engine.js';
import * as tf from '../../src/engine/tf.js';
import { testDevice, testEngine } from './engine.js';
import type { Data } from './plain-tensors.js';

export { bools, type Data, floats, generator, ints } from './plain-tensors.js';

if (testEngine !== 'onnxruntime') await openEngine(testEngine);

export const backend: OnnxRuntimeBackend = await registerOnnxRuntime({ threads: 2, device: testDevice });

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
