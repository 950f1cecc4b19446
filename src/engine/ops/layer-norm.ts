import * as tf from '../core.js';
import { columnSums } from './column-sums.js';
import { fusedKernel, withGradient } from './fused-kernel.js';

/**
 * Layer normalisation over the last axis: (x - mean) / sqrt(variance + epsilon) · gamma + beta, with the
 * biased variance, as `torch.nn.LayerNorm`.
 *
 * x [..., C], gamma [C], beta [C]; the result has the shape of x.
 *
 * Ba et al., "Layer Normalization", https://arxiv.org/abs/1607.06450
 */
export function layerNorm<T extends tf.Tensor>(x: T, gamma: tf.Tensor, beta: tf.Tensor, epsilon = 1e-5): T {
  const op = withGradient(([x, gamma, beta], save) => {
    const [value, mean, inverse] =
      fusedKernel('LayerNormalization', { x: x!, gamma: gamma!, beta: beta! }, { epsilon }) ??
      normalise(x!, gamma!, beta!, epsilon);
    save([x!, gamma!, mean!, inverse!]);
    return { value: value!, gradient };
  });
  return op(x, gamma, beta) as T;
}

function normalise(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor[] {
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return [tf.add(tf.mul(tf.mul(centred, inverse), gamma), beta), mean, inverse];
}

/**
 * In few passes over the elements: sums over rows and columns are products with a vector, and factors that a
 * row has in common are multiplied before they meet it. With c = x - mean, s = 1 / deviation, h = gamma · dy
 * and means over a row, dx = s (h - mean(h)) - s³ mean(h c) c.
 */
function gradient(dy: tf.Tensor, [x, gamma, mean, inverse]: tf.Tensor[]): tf.Tensor[] {
  const channels = gamma!.size;
  const rows = dy.size / channels;
  const flat = (tensor: tf.Tensor) => tf.reshape(tensor, [rows, -1]) as tf.Tensor2D;
  const [dyRows, scale] = [flat(dy), flat(inverse!)];
  const centred = tf.sub(flat(x!), flat(mean!));
  const product = tf.mul(dyRows, centred);
  const shares = tf.div(tf.reshape(gamma!, [channels, 1]), channels);
  const level = tf.matMul(dyRows, shares);
  const slope = tf.mul(tf.matMul(product, shares), tf.mul(scale, tf.square(scale)));
  const raised = tf.mul(tf.sub(tf.mul(dyRows, gamma!), level), scale);
  const dx = tf.sub(raised, tf.mul(centred, slope));
  return [
    tf.reshape(dx, dy.shape),
    tf.reshape(tf.matMul(tf.reshape(scale, [1, rows]), product), [channels]),
    columnSums(dyRows),
  ];
}
