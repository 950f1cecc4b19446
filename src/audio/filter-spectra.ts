import type { FilterBank } from './filter-bank.js';
import { digitReversed, TRANSFORM } from './fourier-tables.js';

/** Most products of streams and phases: beyond, a row at a time is no slower. */
const MAX_SPECTRA = 64;

/** Fewest elements of a transform that must be of use. */
const MIN_USEFUL = TRANSFORM / 4;

/**
 * A filter bank as spectra. The input is taken as `from` streams (its samples q, q + from, q + 2·from, …) and the output as `to` phases;
 * phase p is the sum over q of stream q filtered by the coefficients of row p that meet its samples.
 */
export interface FilterSpectra {
  /** `TRANSFORM` complex numbers a pair (p, q), p·from + q-th, in digit-reversed order; divided by `TRANSFORM` for the inverse transform. */
  spectra: Float32Array;
  /** Output elements of a transform that nothing has wrapped round into; they are its first ones. */
  useful: number;
}

/** The spectra of a bank; `undefined` for ratios of large numbers and for very long filters, where they would not make it faster. */
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
  const cosines = Float64Array.from({ length: TRANSFORM }, (_, i) => Math.cos((2 * Math.PI * i) / TRANSFORM));
  const sine = (i: number) => cosines[(i + (TRANSFORM * 3) / 4) % TRANSFORM]!;
  const spectra = new Float32Array(from * to * TRANSFORM * 2);
  for (let phase = 0, at = 0; phase < to; phase++) {
    const row = ((phase * from) % to) * taps;
    const start = Math.floor((phase * from) / to);
    for (let stream = 0; stream < from; stream++) {
      for (let element = 0; element < TRANSFORM; element++, at += 2) {
        const frequency = digitReversed(element);
        let [re, im] = [0, 0];
        for (let n = 0; n < reach; n++) {
          const tap = n * from + stream - start;
          if (tap < 0 || tap >= taps) continue;
          const angle = (frequency * n) % TRANSFORM;
          // The sample n steps later has the phase e^(+2πi·frequency·n / TRANSFORM) more.
          re += coefficients[row + tap]! * cosines[angle]!;
          im += coefficients[row + tap]! * sine(angle);
        }
        spectra[at] = re / TRANSFORM;
        spectra[at + 1] = im / TRANSFORM;
      }
    }
  }
  return { spectra, useful };
}
