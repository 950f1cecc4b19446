/**
 * Kaiser's window, the one-parameter family closest to optimal concentration of energy in the main lobe.
 * Source: J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974.
 *
 * @param beta shape: larger means a wider main lobe and lower side lobes
 * @returns the window as a function of position, −1 … 1 from edge to edge; 0 outside
 */
export function kaiserWindow(beta: number): (x: number) => number {
  const peak = besselI0(beta);
  return (x) => {
    const inside = 1 - x * x;
    return inside <= 0 ? 0 : besselI0(beta * Math.sqrt(inside)) / peak;
  };
}

/** The beta for a filter whose stop band is `attenuation` dB down (Kaiser's formula for more than 50 dB). */
export function kaiserBeta(attenuation: number): number {
  return 0.1102 * (attenuation - 8.7);
}

/**
 * The length of a filter with this attenuation (dB) and this width of the transition band, in cycles per
 * sample.
 */
export function kaiserLength(attenuation: number, transition: number): number {
  return (attenuation - 7.95) / (14.36 * transition);
}

/**
 * Modified Bessel function of the first kind, order 0, by its power series; good to double precision for the
 * range used here.
 */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
