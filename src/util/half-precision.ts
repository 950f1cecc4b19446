/** The bits of a float32 with the value of a float16 (IEEE 754 binary16). */
export function widenHalf(half: number): number {
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

/** The bits of the float16 that is nearest to a float32 of these bits, the even one of two. */
export function narrowToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  // Below half of the smallest subnormal.
  if (exponent < 102) return sign;
  if (exponent < 113) {
    const whole = fraction | 0x800000;
    return sign | rounded(whole, 126 - exponent);
  }
  // Rounding up may carry into the exponent, and so to infinity, as it should.
  const half = rounded(((exponent - 112) << 23) | fraction, 13);
  return sign | Math.min(half, 0x7c00);
}

/** Numbers as float16. */
export function halvesOf(numbers: ArrayLike<number>): Uint16Array {
  const words = new Uint32Array(Float32Array.from(numbers).buffer);
  const halves = new Uint16Array(words.length);
  for (let index = 0; index < words.length; index += 1) halves[index] = narrowToHalf(words[index]!);
  return halves;
}

/** Numbers from float16. */
export function floatsOf(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index += 1) words[index] = widenHalf(halves[index]!);
  return new Float32Array(words.buffer);
}

/** `value >> shift`, to the nearest whole number, the even one of two. */
function rounded(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return rest > middle || (rest === middle && (kept & 1) === 1) ? kept + 1 : kept;
}
