/** Types of floating-point numbers in checkpoints. */
export type FloatType = 'F32' | 'F16' | 'BF16' | 'F64';

/** Little-endian bytes of floating-point numbers as float32, in new memory. */
export function floats(bytes: Uint8Array, type: FloatType): Float32Array {
  // A copy aligns the bytes, whatever their offset in the file.
  const { buffer } = new Uint8Array(bytes);
  if (type === 'F32') return new Float32Array(buffer);
  if (type === 'F64') return new Float32Array(new Float64Array(buffer));
  const halves = new Uint16Array(buffer);
  const words = new Uint32Array(halves.length);
  if (type === 'BF16') {
    for (let index = 0; index < halves.length; index += 1) words[index] = halves[index]! << 16;
  } else {
    for (let index = 0; index < halves.length; index += 1) words[index] = widenHalf(halves[index]!);
  }
  return new Float32Array(words.buffer);
}

/** The bits of a float32 with the value of a float16 (IEEE 754 binary16). */
function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half is a normal float: shift its leading one into the hidden bit.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
