import * as tf from '../core.js';
import { fusedKernel, withGradient } from './fused-kernel.js';

/**
 * `x` if `kept`, a scalar that has no gradient, is 1. If it is 0, the result and the gradient of `x` are 0,
 * whatever `x` is, and engines with gates skip what nothing else needs: `x`, and the gradients of what it is made of.
 */
export function gated<T extends tf.Tensor>(x: T, kept: tf.Scalar): T {
  return op(x, kept) as T;
}

/**
 * `x` for a computation whose result is gated. Engines without gates compute it also if `kept` is 0: then of
 * zeros, for what is infinite or NaN within would make the gradients of its parameters NaN, as 0 times that.
 */
export function behindGate<T extends tf.Tensor>(x: T, kept: tf.Scalar): T {
  return tf.getKernel('Gate', tf.getBackend()) ? x : gated(x, kept);
}

const op = withGradient(([x, kept], save) => {
  save([kept!]);
  return { value: gate(x!, kept!), gradient: (dy, [kept]) => [gate(dy, kept!), tf.zerosLike(kept!)] };
});

function gate(x: tf.Tensor, kept: tf.Tensor): tf.Tensor {
  // Not a product: 0 times infinity or NaN is NaN.
  return fusedKernel('Gate', { x, kept })?.[0] ?? tf.where(tf.greater(kept, 0), x, tf.zerosLike(x));
}
