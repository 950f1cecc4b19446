import { designFilterBank, type FilterBank, resamplingBand } from './filter-bank.js';
import { type FilterSpectra, filterSpectra } from './filter-spectra.js';

/** A filter bank, with its spectra where fast convolution pays. */
export interface FilterStage {
  bank: FilterBank;
  spectra?: FilterSpectra;
}

/**
 * How a pair of rates is filtered: by one filter, or by a sharp one that keeps the rate, or doubles it, and
 * then a short one between the rates. After the sharp filter nothing is left between the band and its first
 * image, so that the short one has all that for its edge.
 */
export interface FilterPlan {
  sharp?: FilterStage;
  last: FilterStage;
}

/**
 * dB of the short filter: more than of the sharp one, since all images of the band add up in what it leaves.
 */
const SHORT_ATTENUATION = 106;

/**
 * Least gap between band and first image for the short filter, as a part of the rate: a quarter is some 24
 * coefficients.
 */
const MIN_GAP = 0.2;

/**
 * Plans the filters of a pair of rates: one where the ratio is of small numbers, otherwise two.
 *
 * @param fromRate Hz
 * @param toRate Hz
 */
export function planFilters(fromRate: number, toRate: number): FilterPlan {
  const bank = designFilterBank(fromRate, toRate);
  const spectra = filterSpectra(bank);
  if (spectra !== undefined) return { last: { bank, spectra } };
  const band = resamplingBand(fromRate, toRate);
  const gap = (rate: number) => (rate - 2 * band.stop) / rate;
  const middleRate = gap(fromRate) >= MIN_GAP ? fromRate : 2 * fromRate;
  const sharp = designFilterBank(fromRate, middleRate, band);
  const sharpSpectra = filterSpectra(sharp);
  // A filter too long for its transform: the output is a small part of the input, and one filter computes
  // nothing else.
  if (sharpSpectra === undefined) return { last: { bank } };
  const last = designFilterBank(middleRate, toRate, {
    pass: band.stop,
    stop: middleRate - band.stop,
    attenuation: SHORT_ATTENUATION,
  });
  return { sharp: { bank: sharp, spectra: sharpSpectra }, last: { bank: last } };
}
