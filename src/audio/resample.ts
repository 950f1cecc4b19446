import { EtudeError } from '../errors.js';
import { designFilterBank, type FilterBank } from './filter-bank.js';

/** Banks that are kept; a data set rarely mixes more rates than this. */
const MAX_BANKS = 8;
const banks = new Map<string, FilterBank>();

/** Longest result, in samples. */
const MAX_LENGTH = 2 ** 30;

/**
 * Changes the sampling rate, with the filter of `designFilterBank`: pass band flat to 0.1 dB up to 90 % of the lower Nyquist
 * frequency, images and aliases at least 90 dB down, no delay. Before its start and after its end a clip counts as silence.
 *
 * @param samples mono
 * @param fromRate Hz, a positive whole number
 * @param toRate Hz, a positive whole number
 * @returns ⌈n · to / from⌉ samples, as `librosa.resample` gives; `samples` itself when the rates are equal
 */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  if (!(Number.isInteger(fromRate) && fromRate > 0 && Number.isInteger(toRate) && toRate > 0)) {
    throw new EtudeError('sampling rates must be positive whole numbers', {
      got: `${fromRate} Hz to ${toRate} Hz`,
    });
  }
  if (fromRate === toRate || samples.length === 0) return samples;
  const bank = bankFor(fromRate, toRate);
  const length = Math.ceil((samples.length * bank.to) / bank.from);
  if (length > MAX_LENGTH) {
    throw new EtudeError(`resampling from ${fromRate} Hz to ${toRate} Hz gives an absurd length`, {
      got: `${length} samples`,
    });
  }
  // Zeros on both sides, so that the inner loops need no branches.
  const padded = new Float64Array(samples.length + 2 * bank.taps);
  padded.set(samples, bank.taps);
  const output = new Float32Array(length);
  if (bank.interpolated) interpolatedRows(padded, output, bank);
  else exactRows(padded, output, bank);
  return output;
}

function bankFor(fromRate: number, toRate: number): FilterBank {
  const key = `${fromRate}/${toRate}`;
  const bank = banks.get(key) ?? designFilterBank(fromRate, toRate);
  banks.delete(key);
  banks.set(key, bank);
  if (banks.size > MAX_BANKS) banks.delete(banks.keys().next().value!);
  return bank;
}

/** Row by row: every `to`-th output uses the same row, at inputs `from` apart. Four outputs share each coefficient that is read. */
function exactRows(
  padded: Float64Array,
  output: Float32Array,
  { coefficients, taps, from, to }: FilterBank,
): void {
  const row = new Float64Array(taps);
  for (let first = 0; first < Math.min(to, output.length); first++) {
    const start = (first * from) % to;
    row.set(coefficients.subarray(start * taps, (start + 1) * taps));
    let at = Math.floor((first * from) / to) + taps / 2 + 1;
    let m = first;
    for (; m + 3 * to < output.length; m += 4 * to, at += 4 * from) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let tap = 0, i = at; tap < taps; tap++, i++) {
        const weight = row[tap]!;
        a += weight * padded[i]!;
        b += weight * padded[i + from]!;
        c += weight * padded[i + 2 * from]!;
        d += weight * padded[i + 3 * from]!;
      }
      output[m] = a;
      output[m + to] = b;
      output[m + 2 * to] = c;
      output[m + 3 * to] = d;
    }
    for (; m < output.length; m += to, at += from) {
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += row[tap]! * padded[at + tap]!;
      output[m] = sum;
    }
  }
}

/** For ratios of large coprime numbers: each output is taken between the two nearest rows. */
function interpolatedRows(padded: Float64Array, output: Float32Array, bank: FilterBank): void {
  const { coefficients, taps, rows, from, to } = bank;
  for (let m = 0; m < output.length; m++) {
    const whole = Math.floor((m * from) / to);
    const position = (((m * from) % to) / to) * rows;
    const row = Math.floor(position);
    const at = whole + taps / 2 + 1;
    let [left, right] = [0, 0];
    for (let tap = 0, i = row * taps; tap < taps; tap++, i++) {
      const sample = padded[at + tap]!;
      left += coefficients[i]! * sample;
      right += coefficients[i + taps]! * sample;
    }
    output[m] = left + (right - left) * (position - row);
  }
}
