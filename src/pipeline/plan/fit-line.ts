/** A line through past runs, and its prediction for an amount of 1. */
export interface Line {
  seconds: number;
  at(amount: number): number;
  /** The uncertainty of the line there, in units of the (relative) variance of one run. */
  leverage: number;
}

/** Amounts must differ by this factor, or noise would determine the slope. */
const APART = 1.5;

/**
 * Least squares of relative errors: `seconds = start + slope · amount`, neither below zero.
 *
 * @returns `undefined` if the amounts are too similar
 */
export function fitLine(points: readonly { amount: number; seconds: number }[]): Line | undefined {
  const amounts = points.map(({ amount }) => amount);
  if (Math.max(...amounts) < APART * Math.min(...amounts)) return undefined;
  let [uu, uv, vv, u, v] = [0, 0, 0, 0, 0];
  for (const { amount, seconds } of points) {
    const one = 1 / Math.max(seconds, 1e-3);
    const each = amount * one;
    uu += one * one;
    uv += one * each;
    vv += each * each;
    u += one;
    v += each;
  }
  const determinant = uu * vv - uv * uv;
  if (!(determinant > 1e-12 * uu * vv)) return undefined;
  let start = (vv * u - uv * v) / determinant;
  let slope = (uu * v - uv * u) / determinant;
  if (start < 0) [start, slope] = [0, v / vv];
  else if (slope < 0) [start, slope] = [u / uu, 0];
  const at = (amount: number) => start + slope * amount;
  const leverage = (vv - 2 * uv + uu) / determinant / at(1) ** 2;
  return { seconds: at(1), at, leverage };
}
