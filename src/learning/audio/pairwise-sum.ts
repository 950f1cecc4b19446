/** Numbers that are added by eight sums. */
const BLOCK = 128;

/** The sum in 32 bits, rounded as NumPy rounds it: of a small variance, that decides several digits. */
export function pairwiseSum(values: Float32Array): number {
  const { fround } = Math;
  const { length } = values;
  if (length > BLOCK) {
    const half = Math.floor(length / 2);
    const first = half - (half % 8);
    return fround(pairwiseSum(values.subarray(0, first)) + pairwiseSum(values.subarray(first)));
  }
  if (length < 8) return values.reduce((sum, value) => fround(sum + value), 0);
  const sums = values.slice(0, 8);
  const even = length - (length % 8);
  for (let at = 8; at < even; at++) sums[at % 8]! += values[at]!;
  const [a, b, c, d, e, f, g, h] = sums as unknown as number[];
  const left = fround(fround(a! + b!) + fround(c! + d!));
  const right = fround(fround(e! + f!) + fround(g! + h!));
  return values.subarray(even).reduce((sum, value) => fround(sum + value), fround(left + right));
}
