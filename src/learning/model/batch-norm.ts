import * as tf from '../../engine/tf.js';
import { type Weights, weight } from './layers.js';
import type { RandomDraws } from './random-draws.js';

/** Default of `nn.BatchNorm1d`. */
const EPSILON = 1e-5;

/**
 * `nn.BatchNorm1d` over clips and frames (Ioffe and Szegedy, 2015): in training by the batch's own
 * statistics, padded frames included, which go to `draws.measured`; otherwise by the running ones.
 *
 * @param x [clips, frames, channels].
 * @param name Prefix of its parameters, without the last dot.
 * @param within 1 for frames of the batch, [1, frames, 1], if there are others.
 */
export function batchNorm(
  x: tf.Tensor3D,
  weights: Weights,
  name: string,
  within: tf.Tensor3D | undefined,
  draws: RandomDraws | undefined,
): tf.Tensor3D {
  let mean = weight(weights, `${name}.running_mean`);
  let variance = weight(weights, `${name}.running_var`);
  if (draws !== undefined) {
    const measured = measure(x, within);
    ({ mean, variance } = measured);
    // Kept beyond the pass, of which they are no result.
    draws.measured.set(name, [tf.keep(tf.clone(mean)), tf.keep(measured.unbiased)]);
  }
  const scale = tf.div(weight(weights, `${name}.weight`), tf.sqrt(tf.add(variance, EPSILON)));
  return tf.add(tf.mul(tf.sub(x, mean), scale), weight(weights, `${name}.bias`));
}

function measure(x: tf.Tensor3D, within: tf.Tensor3D | undefined) {
  const [clips, frames] = x.shape;
  const counted = (states: tf.Tensor3D): tf.Tensor3D =>
    within === undefined ? states : tf.mul(states, within);
  const size = within === undefined ? tf.scalar(clips * frames) : tf.mul(tf.sum(within), clips);
  const mean = tf.div(tf.sum(counted(x), [0, 1]), size);
  const variance = tf.div(tf.sum(counted(tf.square(tf.sub(x, mean))), [0, 1]), size);
  return { mean, variance, unbiased: tf.mul(variance, tf.div(size, tf.sub(size, 1))) };
}
