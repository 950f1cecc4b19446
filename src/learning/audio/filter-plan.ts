import { designFilterBank, type FilterBank, resamplingBand } from './filter-bank.js';
import { type FilterSpectra, filterSpectra } from './filter-spectra.js';

/** A filter bank, with its spectra if fast convolution pays. */
export interface FilterStage {
  bank: FilterBank;
  spectra?: FilterSpectra;
}

/**
 * How a pair of rates is filtered: by one filter, or by a sharp one that keeps or doubles the rate, followed
 * by a short one between the rates. The sharp filter leaves nothing between the band and its first image, so
 * all of that is available to the transition band of the short one.
 */
export interface FilterPlan {
  sharp?: FilterStage;
  last: FilterStage;
}

/**
 * Attenuation of the short filter in dB: more than that of the sharp one, since all images of the band add up
 * in what it leaves.
 */
const SHORT_ATTENUATION = 106;

/**
 * Smallest gap between band and first image for the short filter, as a fraction of the rate: a quarter is
 * some 24 coefficients.
 */
const MIN_GAP = 0.2;

/**
 * Plans the filters of a pair of rates: one if the ratio is of small numbers, otherwise two.
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
  // A filter too long for its transform: the output is a small fraction of the input, and a single filter
  // computes nothing but that.
  if (sharpSpectra === undefined) return { last: { bank } };
  const last = designFilterBank(middleRate, toRate, {
    pass: band.stop,
    stop: middleRate - band.stop,
    attenuation: SHORT_ATTENUATION,
  });
  return { sharp: { bank: sharp, spectra: sharpSpectra }, last: { bank: last } };
}
