/**
 * Mono samples as a WAV file of 32-bit floats: decoding gives the same samples, bit for bit. (`fact`, the
 * number of samples, belongs to every WAV format except PCM.)
 */
export function encodeWav(samples: Float32Array, sampling_rate: number): Uint8Array {
  const head = Buffer.alloc(56);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(48 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(3, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampling_rate, 24);
  head.writeUInt32LE(4 * sampling_rate, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(32, 34);
  head.write('fact', 36, 'latin1');
  head.writeUInt32LE(4, 40);
  head.writeUInt32LE(samples.length, 44);
  head.write('data', 48, 'latin1');
  head.writeUInt32LE(samples.byteLength, 52);
  return Buffer.concat([head, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}
