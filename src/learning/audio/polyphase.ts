import type { FilterBank } from './filter-bank.js';
import type { ResamplerKernel } from './simd/kernel.js';

/*
 * Applies a filter bank directly, tap by tap. Output m is at input position origin + m·from/to; its filter
 * covers the `taps` samples that start at ⌊origin + m·from/to⌋ − taps/2 + 1, and samples outside the clip are
 * zero. Every `to`-th output uses the same row of the bank, at inputs `from` apart, so the rows are processed
 * one after another.
 */

/** Outputs of a row that `simdRows` computes before the next block; a multiple of 4. */
const BLOCK_OUTPUTS = 2 ** 16;

/**
 * With the SIMD kernel, block by block, so that a block's input, output and row stay in the processor's
 * cache.
 */
export function simdRows(
  samples: Float32Array,
  output: Float32Array,
  bank: FilterBank,
  { run, memory }: ResamplerKernel,
  origin = 0,
): void {
  const { coefficients, taps, from, to } = bank;
  const quads = Math.ceil(Math.min(BLOCK_OUTPUTS, output.length) / to / 4);
  const [blockInputs, blockOutputs] = [4 * quads * from, 4 * quads * to];
  const inputLength = blockInputs + from + taps;
  const outputAt = coefficients.length + inputLength;
  const floats = memory(outputAt + blockOutputs);
  floats.set(coefficients);
  const inputs = floats.subarray(coefficients.length, outputAt);
  for (let block = 0; block * blockOutputs < output.length; block++) {
    copyWithZeros(samples, origin + block * blockInputs - taps / 2 + 1, inputs);
    for (let first = 0; first < to; first++) {
      const row = (first * from) % to;
      const input = coefficients.length + Math.floor((first * from) / to);
      run.dotRows(4 * input, 4 * from, 4 * row * taps, 4 * taps, 4 * (outputAt + first), 4 * to, quads);
    }
    const end = Math.min(blockOutputs, output.length - block * blockOutputs);
    output.set(floats.subarray(outputAt, outputAt + end), block * blockOutputs);
  }
}

/** Fills `target` with the samples from `start` on; those before the first and after the last are 0. */
export function copyWithZeros(
  samples: Float32Array,
  start: number,
  target: Float32Array | Float64Array,
): void {
  const before = Math.min(target.length, Math.max(0, -start));
  const begin = Math.min(samples.length, Math.max(0, start));
  const there = samples.subarray(begin, Math.max(begin, start + target.length));
  target.fill(0, 0, before);
  target.set(there, before);
  target.fill(0, before + there.length);
}

/** In plain JavaScript and double precision: the reference, and for machines without SIMD. */
export function exactRows(samples: Float32Array, output: Float32Array, bank: FilterBank, origin = 0): void {
  const { coefficients, taps, from, to } = bank;
  const padded = reachedSamples(samples, output.length, bank, origin);
  const row = new Float64Array(taps);
  for (let first = 0; first < Math.min(to, output.length); first++) {
    const start = (first * from) % to;
    row.set(coefficients.subarray(start * taps, (start + 1) * taps));
    let at = Math.floor((first * from) / to);
    for (let m = first; m < output.length; m += to, at += from) {
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += row[tap]! * padded[at + tap]!;
      output[m] = sum;
    }
  }
}

/**
 * For ratios of large coprime numbers: each output is interpolated between the two nearest rows of the bank.
 */
export function interpolatedRows(
  samples: Float32Array,
  output: Float32Array,
  bank: FilterBank,
  origin = 0,
): void {
  const { coefficients, taps, rows, from, to } = bank;
  const padded = reachedSamples(samples, output.length, bank, origin);
  for (let m = 0; m < output.length; m++) {
    const position = (((m * from) % to) / to) * rows;
    const row = Math.floor(position);
    const at = Math.floor((m * from) / to);
    let [left, right] = [0, 0];
    for (let tap = 0, i = row * taps; tap < taps; tap++, i++) {
      const sample = padded[at + tap]!;
      left += coefficients[i]! * sample;
      right += coefficients[i + taps]! * sample;
    }
    output[m] = left + (right - left) * (position - row);
  }
}

/**
 * All samples that the filters of these outputs reach, padded with zeros, so that inner loops need no
 * branches.
 */
function reachedSamples(
  samples: Float32Array,
  outputs: number,
  { taps, from, to }: FilterBank,
  origin: number,
): Float64Array {
  const reached = new Float64Array(Math.ceil((outputs * from) / to) + taps);
  copyWithZeros(samples, origin - taps / 2 + 1, reached);
  return reached;
}
