import { kernel } from '../registry.js';
import { float } from '../value.js';

/*
 * Operations that ONNX Runtime has and TensorFlow.js has not. They are kernels under names of their own, for
 * callers that ask whether the active back end has them and compose them from smaller operations where not.
 */

/** x · Φ(x), with the exact Gaussian distribution function. */
kernel('Gelu', (g, { x }) => g.unary('Gelu', x!, 'float32', { approximate: 'none' }), ['float32']);

/**
 * Layer normalisation over the last axis. Returns the result, and for the gradient the mean and the reciprocal of
 * the standard deviation, both with a last axis of 1.
 */
kernel(
  'LayerNormalization',
  (g, { x, gamma, beta }, { epsilon }) => {
    const y = g.node('LayerNormalization', [x!, gamma!, beta!], x!.shape, 'float32', {
      axis: -1,
      epsilon: float(epsilon),
    });
    const reduced = [...x!.shape.slice(0, -1), 1];
    return [y, g.output(y, 1, reduced, 'float32'), g.output(y, 2, reduced, 'float32')];
  },
  ['float32'],
);
