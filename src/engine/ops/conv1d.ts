import * as tf from '@tensorflow/tfjs-core';
import { withGradient } from './fused-kernel.js';

/**
 * Convolution in time without padding, channels last: one product of the unfolded windows with the kernel.
 *
 * x [N, T, Cin], w [K, Cin, Cout]; the result is [N, floor((T - K) / stride) + 1, Cout].
 * Throws when T is shorter than K or the channels differ.
 */
export function conv1d(x: tf.Tensor, w: tf.Tensor, stride = 1): tf.Tensor3D {
  const [, time, channels] = x.shape as [number, number, number];
  const [size, inputs] = w.shape as [number, number, number];
  if (x.rank !== 3 || w.rank !== 3 || channels !== inputs || time < size || stride < 1) {
    throw new Error(`conv1d: kernel [${w.shape}] with stride ${stride} does not fit input [${x.shape}]`);
  }
  return operation(stride)(x, w) as tf.Tensor3D;
}

function operation(stride: number): (...inputs: tf.Tensor[]) => tf.Tensor {
  return withGradient(([x, w], save) => {
    const [size, channels, outputs] = w!.shape as [number, number, number];
    const flat = tf.reshape(w!, [size * channels, outputs]);
    const windows = unfold(x!, size, stride);
    save([windows, flat]);
    const { shape } = x!;
    return {
      value: tf.matMul(windows, flat),
      gradient: (dy, [windows, flat]) => {
        const rows = tf.reshape(windows!, [-1, size * channels]);
        const dw = tf.matMul(rows, tf.reshape(dy, [-1, outputs]), true, false);
        const dx = fold(tf.matMul(dy, flat!, false, true), shape, size, stride);
        return [dx, tf.reshape(dw, [size, channels, outputs])];
      },
    };
  });
}

/*
 * A run of `stride` taps starting at a multiple of the stride, of all windows, is one contiguous piece of the input
 * under another shape. Only the taps left over after the last whole run are picked one by one.
 */

/** The windows of x [N, T, C]: [N, windows, size · C]. */
function unfold(x: tf.Tensor, size: number, stride: number): tf.Tensor {
  const [batch, time, channels] = x.shape as [number, number, number];
  const count = Math.floor((time - size) / stride) + 1;
  const parts: tf.Tensor[] = [];
  let tap = 0;
  for (; tap + stride <= size; tap += stride) {
    const run = tf.slice(x, [0, tap, 0], [batch, count * stride, channels]);
    parts.push(tf.reshape(run, [batch, count, stride * channels]));
  }
  for (; tap < size; tap++) {
    const end = tap + (count - 1) * stride + 1;
    parts.push(tf.stridedSlice(x, [0, tap, 0], [batch, end, channels], [1, stride, 1]));
  }
  return parts.length === 1 ? parts[0]! : tf.concat(parts, 2);
}

/** The reverse of `unfold`, adding where windows overlap. */
function fold(windows: tf.Tensor, shape: number[], size: number, stride: number): tf.Tensor {
  const [batch, time, channels] = shape as [number, number, number];
  const count = windows.shape[1]!;
  const parts: tf.Tensor[] = [];
  for (let tap = 0; tap < size; tap += stride) {
    const taps = Math.min(stride, size - tap);
    let run = tf.slice(windows, [0, 0, tap * channels], [batch, count, taps * channels]);
    if (taps < stride) run = pad(run, 2, 0, (stride - taps) * channels);
    run = tf.reshape(run, [batch, count * stride, channels]);
    const length = Math.min(count * stride, time - tap);
    if (length < count * stride) run = tf.slice(run, [0, 0, 0], [batch, length, channels]);
    parts.push(pad(run, 1, tap, time - tap - length));
  }
  return parts.length === 1 ? parts[0]! : tf.addN(parts);
}

function pad(x: tf.Tensor, axis: number, before: number, after: number): tf.Tensor {
  if (before === 0 && after === 0) return x;
  return tf.pad(
    x,
    x.shape.map((_, i) => (i === axis ? [before, after] : [0, 0]) as [number, number]),
  );
}
