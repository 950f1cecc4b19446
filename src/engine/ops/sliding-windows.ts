import * as tf from '../core.js';
import { withGradient } from './fused-kernel.js';

/**
 * The windows of `size` frames that a convolution in time covers, one every `stride` frames, each as one row:
 * x [N, T, C] gives [N, floor((T - size) / stride) + 1, size · C].
 */
export function slidingWindows(x: tf.Tensor, size: number, stride: number): tf.Tensor3D {
  const op = withGradient(([x]) => {
    const { shape } = x!;
    return { value: unfold(x!, size, stride), gradient: (dy) => fold(dy, shape, size, stride) };
  });
  return op(x) as tf.Tensor3D;
}

/*
 * A run of `stride` taps starting at a multiple of the stride, of all windows, is one contiguous piece of the
 * input in another shape. Only the taps left over after the last full run are picked one by one.
 */

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
