import type { FilterBank } from './filter-bank.js';
import { digitReversed, TRANSFORM } from './fourier-tables.js';

/** The most products of streams and phases: beyond, going row by row is no slower. */
const MAX_SPECTRA = 64;

/** The fewest elements of a transform that must be usable. */
const MIN_USEFUL = TRANSFORM / 4;

/**
 * A filter bank as spectra. The input is taken as `from` streams (its samples q, q + from, q + 2·from, …) and
 * the output as `to` phases; phase p is the sum over q of stream q filtered by the coefficients of row p that
 * apply to its samples.
 */
export interface FilterSpectra {
  /**
   * `TRANSFORM` complex numbers per pair (p, q), p·from + q-th, in digit-reversed order; divided by
   * `TRANSFORM` for the inverse transform.
   */
  spectra: Float32Array;
  /** How many of a transform's first output elements are free of wrap-around. */
  useful: number;
}

/**
 * The spectra of a bank; `undefined` for ratios of large numbers and for very long filters, for which they
 * would not be faster.
 */
export function filterSpectra({
  coefficients,
  taps,
  from,
  to,
  interpolated,
}: FilterBank): FilterSpectra | undefined {
  if (interpolated || from * to > MAX_SPECTRA) return undefined;
  const lastStart = Math.floor(((to - 1) * from) / to);
  const reach = Math.floor((lastStart + taps - 1) / from) + 1;
  const useful = TRANSFORM - reach + 1;
  if (useful < MIN_USEFUL) return undefined;
  const spectra = new Float32Array(from * to * TRANSFORM * 2);
  const filter = new Float64Array(reach);
  for (let phase = 0; phase < to; phase++) {
    const row = ((phase * from) % to) * taps;
    const start = Math.floor((phase * from) / to);
    for (let stream = 0; stream < from; stream++) {
      for (let n = 0; n < reach; n++) {
        const tap = n * from + stream - start;
        filter[n] = tap >= 0 && tap < taps ? coefficients[row + tap]! / TRANSFORM : 0;
      }
      const at = (phase * from + stream) * TRANSFORM * 2;
      writeSpectrum(filter, spectra.subarray(at, at + TRANSFORM * 2));
    }
  }
  return { spectra, useful };
}

const angles = Float64Array.from({ length: TRANSFORM }, (_, i) => (2 * Math.PI * i) / TRANSFORM);
const [cosines, sines] = [angles.map(Math.cos), angles.map(Math.sin)];

/**
 * Σ filter[n] · e^(+2πi·frequency·n / TRANSFORM): the sample n steps later has weight `filter[n]`, and
 * correspondingly more phase.
 */
function writeSpectrum(filter: Float64Array, spectrum: Float32Array): void {
  for (let frequency = 0; frequency <= TRANSFORM / 2; frequency++) {
    let [re, im, angle] = [0, 0, 0];
    for (let n = 0; n < filter.length; n++) {
      re += filter[n]! * cosines[angle]!;
      im += filter[n]! * sines[angle]!;
      angle = (angle + frequency) % TRANSFORM;
    }
    const place = 2 * digitReversed(frequency);
    // The negative frequency is the conjugate.
    const mirrored = 2 * digitReversed((TRANSFORM - frequency) % TRANSFORM);
    spectrum[mirrored] = re;
    spectrum[mirrored + 1] = -im;
    spectrum[place] = re;
    spectrum[place + 1] = im;
  }
}
