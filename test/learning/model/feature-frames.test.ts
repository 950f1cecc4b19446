import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPaired } from '../../../src/learning/model/conv-kernels.js';
import { inputLengths } from '../../../src/learning/model/feature-frames.js';
import { parseConfig } from '../../../src/learning/model/parse-config.js';

const configOf = (conv_kernel: number[], conv_stride: number[]) =>
  parseConfig({
    model_type: 'wav2vec2',
    num_labels: 2,
    conv_kernel,
    conv_stride,
    conv_dim: conv_kernel.map(() => 32),
  });

for (const [kernels, strides] of [
  [
    [10, 3, 3, 3, 3, 2, 2],
    [5, 2, 2, 2, 2, 2, 2],
  ],
  [
    [3, 3, 3],
    [2, 2, 2],
  ],
  [
    [4, 3, 3, 3],
    [2, 2, 1, 2],
  ],
  [
    [10, 2, 2],
    [5, 2, 2],
  ],
] as const) {
  test(`kernels of ${kernels} get whole rows of frames, and enough of them`, () => {
    const config = configOf([...kernels], [...strides]);
    for (let samples = 420; samples < 900; samples += 1) {
      const lengths = inputLengths(config, samples);
      let valid = samples;
      let computed = Math.max(samples, lengths[0]!);
      lengths.forEach((length, index) => {
        // A layer's input may be cut to the length, but must have it.
        assert.ok(computed >= length, `${samples} samples, layer ${index}`);
        const rows = isPaired(config, index);
        if (rows) computed = length;
        if (rows) assert.equal(length % 4, 0);
        valid = Math.floor((valid - kernels[index]!) / strides[index]!) + 1;
        computed = rows ? computed / 2 : Math.floor((computed - kernels[index]!) / strides[index]!) + 1;
        // The last frame of a paired layer does not count.
        assert.ok(computed - Number(rows) >= valid, `${samples} samples, layer ${index}`);
      });
    }
  });
}

test('without paired layers, no more samples are needed than make the frames', () => {
  // 449 samples make 88 frames, 44 and 22; 22 need 44, which need 88, which need 445 samples.
  assert.deepEqual(inputLengths(configOf([10, 2, 2], [5, 2, 2]), 449), [445, 88, 44]);
});
