import * as tf from '../core.js';
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

function gradient(dy: tf.Tensor, [x, gamma, mean, inverse]: tf.Tensor[]): tf.Tensor[] {
  const normal = tf.mul(tf.sub(x!, mean!), inverse!);
  const scaled = tf.mul(dy, gamma!);
  const leading = dy.shape.slice(0, -1).map((_, axis) => axis);
  const projection = tf.mul(normal, tf.mean(tf.mul(scaled, normal), -1, true));
  const dx = tf.mul(inverse!, tf.sub(tf.sub(scaled, tf.mean(scaled, -1, true)), projection));
  return [dx, tf.sum(tf.mul(dy, normal), leading), tf.sum(dy, leading)];
}
