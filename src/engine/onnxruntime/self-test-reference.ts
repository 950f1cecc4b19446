/*
 * What the operators of the self-test compute, by their definitions, in double precision.
 */

/** [m, k] · [k, n]. */
export function matMul(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  m: number,
  k: number,
  n: number,
): Float64Array {
  const y = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let l = 0; l < k; l++) y[i * n + j]! += a[i * k + l]! * b[l * n + j]!;
    }
  }
  return y;
}

/** [rows, columns] to [columns, rows]. */
export function transpose(x: ArrayLike<number>, rows: number, columns: number): Float64Array {
  return Float64Array.from(
    { length: rows * columns },
    (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}

/** Over the last axis, which is as long as `gamma`. */
export function layerNorm(
  x: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  epsilon: number,
): Float64Array {
  const y = new Float64Array(x.length);
  const size = gamma.length;
  for (let row = 0; row < x.length; row += size) {
    const values = Array.from(x.subarray(row, row + size));
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    for (let i = 0; i < size; i++) {
      y[row + i] = ((values[i]! - mean) / Math.sqrt(variance + epsilon)) * gamma[i]! + beta[i]!;
    }
  }
  return y;
}

/** x · Φ(x). */
export function gelu(x: Float32Array): Float64Array {
  return Float64Array.from(x, (value) => (value * (1 + erf(value / Math.SQRT2))) / 2);
}

/** Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26; the error is at most 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

/** Over rows of `size`. */
export function softmax(x: Float32Array, size: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let row = 0; row < x.length; row += size) {
    const values = x.subarray(row, row + size);
    const largest = Math.max(...values);
    const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
    for (let i = 0; i < size; i++) y[row + i] = Math.exp(values[i]! - largest) / sum;
  }
  return y;
}

/** x [batch, inputs, time], w [outputs, inputs / groups, size]; no padding. */
export function conv1d(
  x: Float32Array,
  w: Float32Array,
  shape: {
    batch: number;
    inputs: number;
    time: number;
    outputs: number;
    size: number;
    groups: number;
    stride: number;
  },
): Float64Array {
  const { batch, inputs, time, outputs, size, groups, stride } = shape;
  const depth = inputs / groups;
  const length = Math.floor((time - size) / stride) + 1;
  const y = new Float64Array(batch * outputs * length);
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor(o / (outputs / groups)) * depth;
      for (let t = 0; t < length; t++) {
        let sum = 0;
        for (let c = 0; c < depth; c++) {
          for (let k = 0; k < size; k++) {
            sum += x[(n * inputs + first + c) * time + t * stride + k]! * w[(o * depth + c) * size + k]!;
          }
        }
        y[(n * outputs + o) * length + t] = sum;
      }
    }
  }
  return y;
}
