import * as tf from '../core.js';
import { gradient, keptShape } from './define.js';

gradient('Sum', {
  inputs: ['x'],
  gradient: (dy, [x], { axis }) => ({ x: () => spread(dy, x!.shape, axis) }),
});
gradient('Mean', {
  inputs: ['x'],
  gradient: (dy, [x], { axis }) => ({
    x: () => {
      const count = tf.util.sizeFromShape(x!.shape) / tf.util.sizeFromShape(keptShape(x!.shape, axis));
      return spread(tf.div(dy, count), x!.shape, axis);
    },
  }),
});
for (const name of ['Max', 'Min']) {
  gradient(name, {
    inputs: ['x'],
    outputs: [true],
    gradient: (dy, [x, y], { axis, reductionIndices }) => ({
      x: () => {
        const kept = keptShape(x!.shape, axis ?? reductionIndices);
        const best = tf.cast(tf.equal(x!, tf.reshape(y!, kept)), 'float32');
        return tf.mul(tf.reshape(dy, kept), best);
      },
    }),
  });
}
gradient('Cumsum', {
  gradient: (dy, _, { axis, exclusive, reverse }) => ({ x: () => tf.cumsum(dy, axis, exclusive, !reverse) }),
});
gradient('Softmax', {
  outputs: [true],
  gradient: (dy, [y], { dim }) => ({
    logits: () => {
      const weighted = tf.mul(dy, y!);
      return tf.sub(weighted, tf.mul(tf.sum(weighted, dim, true), y!));
    },
  }),
});
gradient('LogSoftmax', {
  outputs: [true],
  gradient: (dy, [y], { axis }) => ({
    logits: () => tf.sub(dy, tf.mul(tf.sum(dy, axis, true), tf.exp(y!))),
  }),
});

/** Repeats a gradient along the axes that were reduced. */
function spread(dy: tf.Tensor, shape: number[], axis: number | number[]): tf.Tensor {
  return tf.broadcastTo(tf.reshape(dy, keptShape(shape, axis)), shape);
}
