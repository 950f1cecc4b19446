import { A_LAW, MU_LAW } from './g711.js';

/** How one sample is written in a WAV file; all little-endian. */
export type WavEncoding = 'uint8' | 'int16' | 'int24' | 'int32' | 'float32' | 'float64' | 'mu-law' | 'a-law';

export const BYTES_PER_SAMPLE: Record<WavEncoding, number> = {
  uint8: 1,
  int16: 2,
  int24: 3,
  int32: 4,
  float32: 4,
  float64: 8,
  'mu-law': 1,
  'a-law': 1,
};

/**
 * Samples as numbers, as libsndfile scales them: integers divided by 2^(bits − 1), so that 16-bit full scale is −1 … 32767/32768.
 *
 * @param data whole samples, channels interleaved
 * @returns as many values as `data` holds samples
 */
export function readWavSamples(data: Uint8Array, encoding: WavEncoding): Float32Array {
  const count = Math.floor(data.length / BYTES_PER_SAMPLE[encoding]);
  const samples = new Float32Array(count);
  switch (encoding) {
    case 'uint8':
      for (let i = 0; i < count; i++) samples[i] = (data[i]! - 128) / 128;
      return samples;
    case 'int16': {
      const values = new Int16Array(aligned(data, 2), 0, count);
      for (let i = 0; i < count; i++) samples[i] = values[i]! / 32768;
      return samples;
    }
    case 'int24':
      for (let i = 0, at = 0; i < count; i++, at += 3) {
        const value = (data[at]! << 8) | (data[at + 1]! << 16) | (data[at + 2]! << 24);
        samples[i] = value / 2147483648;
      }
      return samples;
    case 'int32': {
      const values = new Int32Array(aligned(data, 4), 0, count);
      for (let i = 0; i < count; i++) samples[i] = values[i]! / 2147483648;
      return samples;
    }
    case 'float32':
      samples.set(new Float32Array(aligned(data, 4), 0, count));
      return samples;
    case 'float64':
      samples.set(new Float64Array(aligned(data, 8), 0, count));
      return samples;
    case 'mu-law':
      for (let i = 0; i < count; i++) samples[i] = MU_LAW[data[i]!]!;
      return samples;
    case 'a-law':
      for (let i = 0; i < count; i++) samples[i] = A_LAW[data[i]!]!;
      return samples;
  }
}

/** A copy that starts at byte 0 of its own buffer and ends at a multiple of `size`, for typed arrays wider than a byte. */
function aligned(data: Uint8Array, size: number): ArrayBuffer {
  const length = data.length - (data.length % size);
  return data.buffer.slice(data.byteOffset, data.byteOffset + length) as ArrayBuffer;
}
