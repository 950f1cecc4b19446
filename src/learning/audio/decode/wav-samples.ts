import { convertInt16 } from '../simd/pcm.js';
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
 * Samples as numbers, as libsndfile scales them: integers divided by 2^(bits − 1), so that 16-bit full scale
 * is −1 … 32767/32768.
 *
 * @param data full samples, channels interleaved
 * @returns as many values as `data` has samples
 */
export function readWavSamples(data: Uint8Array, encoding: WavEncoding): Float32Array {
  const count = Math.floor(data.length / BYTES_PER_SAMPLE[encoding]);
  const samples = new Float32Array(count);
  switch (encoding) {
    case 'uint8':
      for (let i = 0; i < count; i++) samples[i] = (data[i]! - 128) / 128;
      return samples;
    case 'int16': {
      if (convertInt16(data, samples)) return samples;
      const values = wide(Int16Array, data, count);
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
      const values = wide(Int32Array, data, count);
      for (let i = 0; i < count; i++) samples[i] = values[i]! / 2147483648;
      return samples;
    }
    case 'float32':
      samples.set(wide(Float32Array, data, count));
      return samples;
    case 'float64':
      samples.set(wide(Float64Array, data, count));
      return samples;
    case 'mu-law':
      for (let i = 0; i < count; i++) samples[i] = MU_LAW[data[i]!]!;
      return samples;
    case 'a-law':
      for (let i = 0; i < count; i++) samples[i] = A_LAW[data[i]!]!;
      return samples;
  }
}

/** The data as numbers wider than a byte: a view if it is aligned, otherwise a copy. */
function wide<T>(
  Type: { new (buffer: ArrayBufferLike, offset: number, length: number): T; BYTES_PER_ELEMENT: number },
  data: Uint8Array,
  count: number,
): T {
  const { buffer, byteOffset } =
    data.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? data : Uint8Array.from(data);
  return new Type(buffer, byteOffset, count);
}
