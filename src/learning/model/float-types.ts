import { widenHalf } from '../../util/half-precision.js';

/** Types of floating-point numbers in checkpoints. */
export type FloatType = 'F32' | 'F16' | 'BF16' | 'F64';

/** Little-endian bytes of floating-point numbers, or of counts, as float32, in new memory. */
export function floats(bytes: Uint8Array, type: FloatType | 'I64'): Float32Array {
  // A copy aligns the bytes, whatever their offset in the file.
  const { buffer } = new Uint8Array(bytes);
  if (type === 'F32') return new Float32Array(buffer);
  if (type === 'F64') return new Float32Array(new Float64Array(buffer));
  if (type === 'I64') return Float32Array.from(new BigInt64Array(buffer), Number);
  const halves = new Uint16Array(buffer);
  const words = new Uint32Array(halves.length);
  if (type === 'BF16') {
    for (let index = 0; index < halves.length; index += 1) words[index] = halves[index]! << 16;
  } else {
    for (let index = 0; index < halves.length; index += 1) words[index] = widenHalf(halves[index]!);
  }
  return new Float32Array(words.buffer);
}
