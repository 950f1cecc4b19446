import type { FilterPlan, FilterStage } from './filter-plan.js';
import { overlapSave } from './overlap-save.js';
import { exactRows, interpolatedRows, simdRows } from './polyphase.js';
import type { ResamplerKernel } from './simd/kernel.js';

/**
 * The least number of outputs that are computed from the sharp filter's samples at a time: they never exist
 * all at once.
 */
const SEGMENT = 2 ** 16;

/**
 * Computes all outputs of a clip.
 *
 * @param kernel `undefined` for plain JavaScript
 */
export function applyFilters(
  samples: Float32Array,
  output: Float32Array,
  { sharp, last }: FilterPlan,
  kernel: ResamplerKernel | undefined,
): void {
  if (sharp === undefined) {
    applyFilter(samples, output, last, kernel, 0);
    return;
  }
  const factor = sharp.bank.to;
  const { taps, from, to } = last.bank;
  // A segment begins where an output, a sample in the middle and a sample of the input coincide in time.
  const segment = factor * to * Math.ceil(Math.min(SEGMENT, output.length) / to / factor);
  const margin = Math.ceil(taps / 2 / factor);
  const middle = new Float32Array((segment / to) * from + taps + 2 * factor);
  for (let start = 0; start < output.length; start += segment) {
    const input = ((start / to) * from) / factor;
    applyFilter(samples, middle, sharp, kernel, input - margin);
    applyFilter(middle, output.subarray(start, start + segment), last, kernel, factor * margin);
  }
}

/** @param origin the input position of the first output */
function applyFilter(
  samples: Float32Array,
  output: Float32Array,
  { bank, spectra }: FilterStage,
  kernel: ResamplerKernel | undefined,
  origin: number,
): void {
  if (bank.interpolated) interpolatedRows(samples, output, bank, origin);
  else if (kernel === undefined) exactRows(samples, output, bank, origin);
  else if (spectra !== undefined) overlapSave(samples, output, bank, spectra, kernel, origin);
  else simdRows(samples, output, bank, kernel, origin);
}
