import { compileSimd } from '../../wasm/compile.js';
import { deviations, shiftAndScale } from './simd/statistics.js';

/** Samples that go through the kernel's memory at once; a multiple of 4. */
const BLOCK = 16384;

let compiled: { kernel: ReturnType<typeof compileStatistics> } | undefined;

/**
 * Zero mean and unit variance, in place: (x − mean) / √(variance + 1e-7), with the statistics of the first
 * `length` values (population variance). What comes after them is set to `paddingValue`.
 */
export function normalise(values: Float32Array, length: number, paddingValue: number): void {
  compiled ??= { kernel: compileStatistics() };
  const given = values.subarray(0, length);
  if (compiled.kernel === undefined) normaliseExactly(given);
  else normaliseWith(compiled.kernel, given);
  values.fill(paddingValue, length);
}

/** In plain JavaScript: the reference, and for machines without SIMD. */
export function normaliseExactly(values: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / values.length + 1e-7);
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) * scale;
}

/** With the SIMD kernel: the same up to rounding. */
export function normaliseWith({ run, memory }: StatisticsKernel, values: Float32Array): void {
  const [parametersAt, sumsAt] = [4 * BLOCK, 4 * BLOCK + 16];
  const floats = memory(BLOCK + 12);
  const [mean, scale] = [0, 1];
  const parameters = new Float64Array(floats.buffer, parametersAt, 2);
  const sums = new Float64Array(floats.buffer, sumsAt, 4);

  /** Sum and sum of squares of the values after subtracting `centre`. */
  const deviationsFrom = (centre: number): [sum: number, squares: number] => {
    let [sum, squares] = [0, 0];
    parameters[mean] = centre;
    for (let start = 0; start < values.length; start += BLOCK) {
      const block = values.subarray(start, start + BLOCK);
      const whole = block.length - (block.length % 4);
      floats.set(block);
      if (whole > 0) {
        run.deviations(0, 4 * whole, parametersAt, sumsAt);
        sum += sums[0]! + sums[1]!;
        squares += sums[2]! + sums[3]!;
      }
      for (const value of block.subarray(whole)) {
        sum += value - centre;
        squares += (value - centre) ** 2;
      }
    }
    return [sum, squares];
  };

  const middle = deviationsFrom(0)[0] / values.length;
  const variance = deviationsFrom(middle)[1] / values.length;
  parameters[scale] = 1 / Math.sqrt(variance + 1e-7);
  for (let start = 0; start < values.length; start += BLOCK) {
    const block = values.subarray(start, start + BLOCK);
    floats.set(block);
    run.shiftAndScale(0, 4 * block.length, parametersAt);
    block.set(floats.subarray(0, block.length));
  }
}

export type StatisticsKernel = NonNullable<ReturnType<typeof compileStatistics>>;

/** `undefined` if the machine has no WebAssembly SIMD. */
export function compileStatistics() {
  return compileSimd({ deviations: deviations(), shiftAndScale: shiftAndScale() });
}
