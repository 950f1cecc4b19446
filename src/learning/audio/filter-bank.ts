import { kaiserBeta, kaiserLength, kaiserWindow } from './kaiser.js';

/**
 * End of the pass band, as a fraction of the lower of the two Nyquist frequencies. The stop band begins at
 * that frequency itself.
 */
const PASS_BAND = 0.9;

/** Designed attenuation of the stop band in dB: 90 is documented, the rest is margin. */
const ATTENUATION = 94;

/**
 * The most coefficients in a bank; a ratio that would need more is interpolated between the rows of a smaller
 * one.
 */
const MAX_COEFFICIENTS = 2 ** 18;

/**
 * Rows per sample at a rate of twice `stop` in an interpolated bank: the error of linear interpolation
 * between two rows is then below −110 dB.
 */
const INTERPOLATED_ROWS = 1024;

/** A low-pass filter. */
export interface Band {
  /** End of the pass band in Hz. */
  pass: number;
  /** Start of the stop band in Hz. */
  stop: number;
  /** Designed attenuation of the stop band in dB. */
  attenuation: number;
}

/** What must pass when converting between two rates, and what must not. */
export function resamplingBand(fromRate: number, toRate: number): Band {
  const nyquist = Math.min(fromRate, toRate) / 2;
  return { pass: PASS_BAND * nyquist, stop: nyquist, attenuation: ATTENUATION };
}

/**
 * The polyphase filters of one pair of rates. An output sample is between two input samples; its distance
 * from the left one, in steps of 1/`rows`, selects the row, whose `taps` coefficients weight the `taps` input
 * samples around it.
 */
export interface FilterBank {
  /** Row by row. An interpolated bank has one row more than `rows`, for the end of the last step. */
  coefficients: Float32Array;
  /**
   * Even; half of them to the left of the output (its left neighbour included), half to the right. A multiple
   * of 4.
   */
  taps: number;
  rows: number;
  /** Rates divided by their greatest common divisor: output m is at input position m·from/to. */
  from: number;
  to: number;
  /** True if an output's position can be between two rows. */
  interpolated: boolean;
}

/**
 * Designs the low-pass of a resampler as a Kaiser-windowed sinc: flat within the pass band, at least 90 dB
 * down in the stop band, linear phase, no delay. A constant stays exactly constant.
 *
 * @param fromRate Hz
 * @param toRate Hz
 */
export function designFilterBank(
  fromRate: number,
  toRate: number,
  { pass, stop, attenuation }: Band = resamplingBand(fromRate, toRate),
): FilterBank {
  const divisor = greatestCommonDivisor(fromRate, toRate);
  const [from, to] = [fromRate / divisor, toRate / divisor];
  // As a fraction of the input's Nyquist frequency; times are in input samples.
  const cutoff = (pass + stop) / fromRate;
  const width = kaiserLength(attenuation, (stop - pass) / fromRate);
  const taps = 4 * Math.ceil(width / 4);
  const interpolated = to * taps > MAX_COEFFICIENTS;
  const rows = interpolated ? Math.ceil((INTERPOLATED_ROWS * 2 * stop) / fromRate) : to;
  const window = kaiserWindow(kaiserBeta(attenuation));
  const coefficients = new Float32Array(taps * (rows + (interpolated ? 1 : 0)));
  const row = new Float64Array(taps);
  for (let at = 0; at < coefficients.length; at += taps) {
    const position = at / taps / rows;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap - (taps / 2 - 1) - position;
      row[tap] = sinc(cutoff * distance) * window(distance / (taps / 2));
      sum += row[tap]!;
    }
    for (let tap = 0; tap < taps; tap++) coefficients[at + tap] = row[tap]! / sum;
  }
  return { coefficients, taps, rows, from, to, interpolated };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
