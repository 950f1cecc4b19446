import type { WavFormat } from './decode/wav.js';
import { BYTES_PER_SAMPLE, type WavEncoding } from './decode/wav-samples.js';

/** The `fmt ` chunk's tag for each encoding. */
const TAGS: Record<WavEncoding, number> = {
  uint8: 1,
  int16: 1,
  int24: 1,
  int32: 1,
  float32: 3,
  float64: 3,
  'a-law': 6,
  'mu-law': 7,
};

/**
 * Mono samples as a WAV file of 32-bit floats: decoding gives the same samples, bit for bit.
 */
export function encodeWav(samples: Float32Array, sampling_rate: number): Uint8Array {
  const data = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return writeWav({ encoding: 'float32', channels: 1, sampling_rate }, data);
}

/**
 * Mono samples as a WAV file of 16 bits, which every player plays: rounded, and cut off beyond full scale.
 */
export function int16Wav(samples: Float32Array, sampling_rate: number): Uint8Array {
  const data = new Uint8Array(2 * samples.length);
  const view = new DataView(data.buffer);
  for (let at = 0; at < samples.length; at += 1)
    view.setInt16(2 * at, Math.max(-32768, Math.min(32767, Math.round(samples[at]! * 32768))), true);
  return writeWav({ encoding: 'int16', channels: 1, sampling_rate }, data);
}

/**
 * A WAV file of samples that are encoded already: complete frames, channels interleaved. (`fact`, the number
 * of frames, belongs to every WAV format except PCM.)
 */
export function writeWav({ encoding, channels, sampling_rate }: WavFormat, data: Uint8Array): Uint8Array {
  const width = BYTES_PER_SAMPLE[encoding];
  const frame = width * channels;
  const tag = TAGS[encoding];
  const head = Buffer.alloc(tag === 1 ? 44 : 56);
  const padding = data.length % 2;
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(head.length - 8 + data.length + padding, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(tag, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(sampling_rate, 24);
  head.writeUInt32LE(frame * sampling_rate, 28);
  head.writeUInt16LE(frame, 32);
  head.writeUInt16LE(8 * width, 34);
  if (tag !== 1) {
    head.write('fact', 36, 'latin1');
    head.writeUInt32LE(4, 40);
    head.writeUInt32LE(data.length / frame, 44);
  }
  head.write('data', head.length - 8, 'latin1');
  head.writeUInt32LE(data.length, head.length - 4);
  return Buffer.concat([head, data, new Uint8Array(padding)]);
}
