import { EtudeError } from '../../util/etude-error.js';
import { count } from '../../util/words.js';
import { applyFilters } from './apply-filters.js';
import { type FilterPlan, planFilters } from './filter-plan.js';
import { compileResampler, type ResamplerKernel } from './simd/kernel.js';

/** The most plans that are cached; a dataset rarely mixes more rates than this. */
const MAX_PLANS = 8;
const plans = new Map<string, FilterPlan>();

let compiled: { kernel: ResamplerKernel | undefined } | undefined;

/** The longest result, in samples. */
const MAX_LENGTH = 2 ** 30;

/**
 * Changes the sampling rate, with the filters of `planFilters`: the pass band is flat to 0.1 dB up to 90 % of
 * the lower Nyquist frequency, images and aliases at least 90 dB down, no delay. A clip counts as silent
 * before its start and after its end.
 *
 * @param samples mono
 * @param fromRate Hz, a positive whole number
 * @param toRate Hz, a positive whole number
 * @returns ⌈n · to / from⌉ samples, as `librosa.resample` gives; `samples` itself if the rates are equal
 */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  if (!(Number.isInteger(fromRate) && fromRate > 0 && Number.isInteger(toRate) && toRate > 0)) {
    throw new EtudeError('sampling rates must be positive whole numbers', {
      got: `${fromRate} Hz to ${toRate} Hz`,
    });
  }
  if (fromRate === toRate || samples.length === 0) return samples;
  const length = Math.ceil((samples.length * toRate) / fromRate);
  if (length > MAX_LENGTH) {
    throw new EtudeError(`resampling from ${fromRate} Hz to ${toRate} Hz gives an implausible length`, {
      got: count(length, 'sample'),
    });
  }
  const output = new Float32Array(length);
  compiled ??= { kernel: compileResampler() };
  applyFilters(samples, output, planFor(fromRate, toRate), compiled.kernel);
  return output;
}

function planFor(fromRate: number, toRate: number): FilterPlan {
  const key = `${fromRate}/${toRate}`;
  const plan = plans.get(key) ?? planFilters(fromRate, toRate);
  plans.delete(key);
  plans.set(key, plan);
  if (plans.size > MAX_PLANS) plans.delete(plans.keys().next().value!);
  return plan;
}
