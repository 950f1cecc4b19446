import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  compileStatistics,
  normalise,
  normaliseExactly,
  normaliseWith,
} from '../../../src/learning/audio/normalise.js';

const kernel = compileStatistics();

function clip(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.01) * 0.4 + 0.2);
}

describe('normaliseWith', { skip: kernel === undefined && 'this machine has no WebAssembly SIMD' }, () => {
  function difference(values: Float32Array): number {
    const [expected, got] = [values.slice(), values.slice()];
    normaliseExactly(expected);
    normaliseWith(kernel!, got);
    return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
  }

  it('equals plain JavaScript for clips of any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (length) => {
        assert.ok(difference(clip(length)) < 1e-6);
      }),
      { numRuns: 40, seed: 5 },
    );
    for (const length of [16383, 16384, 16385, 50001]) assert.ok(difference(clip(length)) < 1e-6);
  });

  it('does not lose a small signal on a large constant', () => {
    assert.ok(difference(clip(20000).map((value) => 1000 + value)) < 1e-6);
  });
});

describe('normalise', () => {
  it('gives zero mean and unit variance', () => {
    const values = clip(20001);
    normalise(values, values.length, 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    assert.ok(Math.abs(mean) < 1e-6);
    assert.ok(Math.abs(variance - 1) < 1e-5);
  });

  it('leaves silence silent, and sets everything after the clip to the padding value', () => {
    const values = new Float32Array(10);
    values.set([9, 9, 9], 7);
    normalise(values, 7, -1);
    assert.deepEqual(values, Float32Array.of(0, 0, 0, 0, 0, 0, 0, -1, -1, -1));
  });

  it('does nothing to an empty clip', () => {
    const values = new Float32Array(4).fill(3);
    normalise(values, 0, 0);
    assert.deepEqual(values, new Float32Array(4));
  });
});
