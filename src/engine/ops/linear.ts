import * as tf from '../core.js';
import { columnSums } from './column-sums.js';
import { fusedKernel, withGradient } from './fused-kernel.js';

/**
 * An affine map of rows, as `torch.nn.functional.linear`: x [M, in], w [out, in], bias [out]; the result is x
 * · wᵀ + bias, [M, out].
 */
export function linear(x: tf.Tensor2D, w: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  return operation(x, w, bias) as tf.Tensor2D;
}

const operation = withGradient(([x, w, bias], save) => {
  save([x!, w!]);
  return {
    value:
      fusedKernel('Linear', { x: x!, w: w!, bias: bias! })?.[0] ??
      tf.add(tf.matMul(x!, w!, false, true), bias!),
    gradient: (dy, [x, w]) => [
      tf.matMul(dy, w!),
      tf.matMul(dy, x!, true, false),
      columnSums(dy as tf.Tensor2D),
    ],
  };
});
