import { defineStage, mapChunks } from 'etude-audio/stage';

/**
 * A generator that a clip's samples seed, so that a clip has its noise wherever it stands: Marsaglia's xorshift.
 *
 * @param {ArrayLike<number>} samples
 */
function randomOf(samples) {
  let state = 1;
  for (let i = 0; i < samples.length; i++)
    state = Math.imul(state ^ Math.round(samples[i] * 32768), 16777619);
  state ||= 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * White noise at a signal-to-noise ratio that is drawn per clip.
 *
 * @type {import('etude-audio/stage').ChunkTransform<{ min_snr_db: number, max_snr_db: number }>}
 */
export const transform = {
  module: import.meta.url,
  async transform({ params: { min_snr_db, max_snr_db }, rows, inputs, rowDone }) {
    const audio = [];
    for (let row = 0; row < rows; row++) {
      const clip = /** @type {import('etude-audio/stage').AudioSamples} */ (inputs.audio.column.get(row));
      const samples = Float32Array.from(clip.array);
      const random = randomOf(samples);
      const snr = min_snr_db + (max_snr_db - min_snr_db) * random();
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      // Numbers from −1 to 1 have the variance 1/3.
      const level = Math.sqrt((3 * power) / 10 ** (snr / 10));
      audio.push({ array: samples.map((sample) => sample + level * (2 * random() - 1)), path: clip.path });
      await rowDone();
    }
    return { audio };
  },
};

export default defineStage({
  name: 'add-noise',
  description: 'Makes every clip of a dataset noisy, once and for all.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { min_snr_db: { type: 'number', default: 0 }, max_snr_db: { type: 'number', default: 15 } },
  },
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  cores: 'all',
  outline: ({ inputs }) => inputs.dataset,
  async run(context) {
    const { dataset } = context.inputs;
    const { features } = dataset;
    return mapChunks({
      context,
      dataset,
      transform,
      params: context.params,
      inputs: { audio: 'audio' },
      outputs: { audio: { column: 'audio', feature: features.audio } },
      features,
      unit: 'clips',
    });
  },
});
