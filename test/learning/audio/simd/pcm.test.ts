import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { convertInt16, PCM_BLOCK } from '../../../../src/learning/audio/simd/pcm.js';
import { compileSimd } from '../../../../src/wasm/compile.js';

const supported = compileSimd({}) !== undefined;

describe('convertInt16', { skip: !supported && 'this machine has no WebAssembly SIMD' }, () => {
  it('is exact for every value, at odd addresses and for any number of samples', () => {
    const every = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
    const bytes = new Uint8Array(2 * every.length + 1);
    bytes.set(new Uint8Array(every.buffer), 1);
    for (const count of [1, 2, 3, 4, 5, PCM_BLOCK - 1, PCM_BLOCK, PCM_BLOCK + 1, 65536]) {
      const samples = new Float32Array(count);
      assert.equal(convertInt16(bytes.subarray(1, 1 + 2 * count), samples), true);
      assert.deepEqual(
        samples,
        Float32Array.from(every.subarray(0, count), (value) => value / 32768),
      );
    }
  });
});
