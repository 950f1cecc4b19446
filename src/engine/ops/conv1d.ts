import * as tf from '../core.js';
import { slidingWindows } from './sliding-windows.js';

/**
 * Convolution in time without padding, channels last: one product of the windows with the kernel.
 *
 * x [N, T, Cin], w [Cout, K, Cin]; the result is [N, floor((T - K) / stride) + 1, Cout]. Throws if T is
 * shorter than K or the channels differ.
 */
export function conv1d(x: tf.Tensor, w: tf.Tensor, stride = 1): tf.Tensor3D {
  checkConv1d(x, w, stride);
  const [outputs, size, channels] = w.shape as [number, number, number];
  const kernel = tf.reshape(w, [outputs, size * channels]);
  return tf.matMul(slidingWindows(x, size, stride), kernel, false, true) as unknown as tf.Tensor3D;
}

/**
 * The same followed by a normalisation of each channel of each clip over time: what `torch.nn.GroupNorm` does
 * with one group per channel and the biased variance. gamma and beta are [Cout].
 *
 * A channel's mean and variance follow from those of the windows, which are few numbers if the kernel is
 * small. So the normalisation is folded into the kernel, and the product, with a column of ones for the
 * shift, gives the result directly.
 *
 * If `length`, a single number, is given, mean and variance are those of the windows within this many frames;
 * the others are normalised by them as well, and are meaningless.
 *
 * Wu and He, "Group Normalization", https://arxiv.org/abs/1803.08494
 */
export function normalisedConv1d(
  x: tf.Tensor,
  w: tf.Tensor,
  stride: number,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon = 1e-5,
  length?: tf.Tensor,
): tf.Tensor3D {
  checkConv1d(x, w, stride);
  const [outputs, size, channels] = w.shape as [number, number, number];
  const windows = slidingWindows(x, size, stride);
  const [clips, count] = windows.shape;
  const kernel = tf.expandDims(tf.transpose(tf.reshape(w, [outputs, size * channels])), 0);
  const counted = length && windowsWithin(length, count!, size, stride);
  const number = counted === undefined ? count! : tf.sum(counted);
  const within = (values: tf.Tensor) => (counted === undefined ? values : tf.mul(values, counted));
  const middle =
    counted === undefined ? tf.mean(windows, 1, true) : tf.div(tf.sum(within(windows), 1, true), number);
  const centred = within(tf.sub(windows, middle));
  const covariance = tf.div(tf.matMul(centred, centred, true), number);
  const variance = tf.sum(tf.mul(tf.matMul(covariance, kernel), kernel), 1, true);
  const scale = tf.mul(tf.rsqrt(tf.add(variance, epsilon)), gamma);
  const shift = tf.sub(beta, tf.mul(tf.matMul(middle, kernel), scale));
  const normalising = tf.concat([tf.mul(kernel, scale), shift], 1);
  return tf.matMul(tf.concat([windows, tf.ones([clips, count, 1])], 2), normalising);
}

/** 1 for windows within this many frames, otherwise 0: [1, count, 1]. */
function windowsWithin(length: tf.Tensor, count: number, size: number, stride: number): tf.Tensor3D {
  const ends = tf.add(tf.mul(tf.range(0, count), stride), size);
  return tf.reshape(tf.cast(tf.lessEqual(ends, length), 'float32'), [1, count, 1]);
}

function checkConv1d(x: tf.Tensor, w: tf.Tensor, stride: number): void {
  const [, time, channels] = x.shape as [number, number, number];
  const [, size, inputs] = w.shape as [number, number, number];
  if (x.rank !== 3 || w.rank !== 3 || channels !== inputs || time < size || stride < 1) {
    throw new Error(`conv1d: kernel [${w.shape}] with stride ${stride} does not fit input [${x.shape}]`);
  }
}
