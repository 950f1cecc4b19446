import { EtudeError } from '../errors.js';
import { designFilterBank, type FilterBank } from './filter-bank.js';
import { type FilterSpectra, filterSpectra } from './filter-spectra.js';
import { overlapSave } from './overlap-save.js';
import { exactRows, interpolatedRows, simdRows } from './polyphase.js';
import { compileResampler, type ResamplerKernel } from './simd/kernel.js';

/** Banks that are kept; a data set rarely mixes more rates than this. */
const MAX_BANKS = 8;
const banks = new Map<string, { bank: FilterBank; spectra: FilterSpectra | undefined }>();

let compiled: { kernel: ResamplerKernel | undefined } | undefined;

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
  const { bank, spectra } = bankFor(fromRate, toRate);
  const length = Math.ceil((samples.length * bank.to) / bank.from);
  if (length > MAX_LENGTH) {
    throw new EtudeError(`resampling from ${fromRate} Hz to ${toRate} Hz gives an absurd length`, {
      got: `${length} samples`,
    });
  }
  const output = new Float32Array(length);
  compiled ??= { kernel: compileResampler() };
  const { kernel } = compiled;
  if (bank.interpolated) interpolatedRows(samples, output, bank);
  else if (kernel === undefined) exactRows(samples, output, bank);
  else if (spectra !== undefined) overlapSave(samples, output, bank, spectra, kernel);
  else simdRows(samples, output, bank, kernel);
  return output;
}

function bankFor(fromRate: number, toRate: number) {
  const key = `${fromRate}/${toRate}`;
  const known = banks.get(key);
  const bank = known?.bank ?? designFilterBank(fromRate, toRate);
  const entry = known ?? { bank, spectra: filterSpectra(bank) };
  banks.delete(key);
  banks.set(key, entry);
  if (banks.size > MAX_BANKS) banks.delete(banks.keys().next().value!);
  return entry;
}
