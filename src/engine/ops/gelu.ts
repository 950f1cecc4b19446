import * as tf from '../core.js';
import { fusedKernel, withGradient } from './fused-kernel.js';

const HALF_ROOT = Math.SQRT1_2;
const DENSITY = 1 / Math.sqrt(2 * Math.PI);

/**
 * The Gaussian error linear unit x · Φ(x) with the exact distribution function (no tanh approximation), as
 * `torch.nn.functional.gelu`. Any shape.
 *
 * Hendrycks and Gimpel, "Gaussian Error Linear Units", https://arxiv.org/abs/1606.08415
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return op(x) as T;
}

const op = withGradient(([x], save) => {
  save([x!]);
  return {
    value: fusedKernel('Gelu', { x: x! })?.[0] ?? tf.mul(x!, distribution(x!)),
    gradient: (dy, [x]) => {
      const fused = fusedKernel('GeluGrad', { dy, x: x! });
      if (fused) return fused[0]!;
      const density = tf.mul(tf.exp(tf.mul(tf.square(x!), -0.5)), DENSITY);
      return tf.mul(dy, tf.add(distribution(x!), tf.mul(x!, density)));
    },
  };
});

function distribution(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, HALF_ROOT)), 1), 0.5);
}
