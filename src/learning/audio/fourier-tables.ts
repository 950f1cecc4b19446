import { TWIDDLES } from './simd/fourier.js';

/**
 * Elements of a transform: a power of 4, eight times the reach of our filters, which still fits the
 * processor's cache.
 */
export const TRANSFORM = 1024;

let factors: Float32Array | undefined;

/**
 * The factors of all passes of a transform, for `fourierPass`: butterfly j of a pass with quarters of m
 * elements uses w, w² and w³, where w = e^(−2πi·j / 4m).
 */
export function twiddleFactors(): Float32Array {
  if (factors !== undefined) return factors;
  factors = new Float32Array(twiddleOffset(1) / 4);
  let at = 0;
  for (let quarter = TRANSFORM / 4; quarter > 1; quarter /= 4) {
    for (let j = 0; j < quarter; j++) {
      for (const power of [1, 2, 3]) {
        const angle = (-2 * Math.PI * j * power) / (4 * quarter);
        factors[at++] = Math.cos(angle);
        factors[at++] = Math.sin(angle);
      }
    }
  }
  return factors;
}

/**
 * Bytes before the factors of the pass with quarters of `quarter` elements; those of longer quarters come
 * before.
 */
export function twiddleOffset(quarter: number): number {
  let before = 0;
  for (let longer = TRANSFORM / 4; longer > quarter; longer /= 4) before += longer;
  return before * TWIDDLES;
}

/** The base-4 digits of `element`, reversed: the frequency that a forward transform leaves there. */
export function digitReversed(element: number): number {
  let [rest, reversed] = [element, 0];
  for (let length = TRANSFORM; length > 1; length /= 4) {
    reversed = reversed * 4 + (rest % 4);
    rest = Math.floor(rest / 4);
  }
  return reversed;
}
