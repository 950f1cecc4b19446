import * as tf from '../core.js';
import { gradient, unbroadcast } from './define.js';

gradient('BatchMatMul', {
  inputs: ['a', 'b'],
  gradient: (dy, [a, b], { transposeA, transposeB }) => ({
    a: () => {
      const da = transposeA ? tf.matMul(b!, dy, transposeB, true) : tf.matMul(dy, b!, false, !transposeB);
      return unbroadcast(da, a!.shape);
    },
    b: () => {
      // One product over all batches instead of one per batch and their sum.
      if (b!.rank === 2 && a!.rank > 2 && !transposeA) {
        const rows = tf.reshape(a!, [-1, a!.shape.at(-1)!]);
        const dyRows = tf.reshape(dy, [-1, dy.shape.at(-1)!]);
        return transposeB ? tf.matMul(dyRows, rows, true, false) : tf.matMul(rows, dyRows, true, false);
      }
      const db = transposeB ? tf.matMul(dy, a!, true, transposeA) : tf.matMul(a!, dy, !transposeA, false);
      return unbroadcast(db, b!.shape);
    },
  }),
});

gradient('Conv2D', {
  inputs: ['x', 'filter'],
  gradient: (dy, [x, filter], { strides, pad, dataFormat, dilations, dimRoundingMode }) => {
    tf.util.assert(
      tf.backend_util.tupleValuesAreOne(dilations),
      () => `conv2d has no gradient for dilations ${dilations}, only for 1`,
    );
    const attrs = { strides, pad, dataFormat, dimRoundingMode };
    const run = (kernel: string, inputs: object, more: object) =>
      tf.engine().runKernel(kernel, inputs as tf.NamedTensorMap, { ...attrs, ...more }) as tf.Tensor;
    return {
      x: () => run('Conv2DBackpropInput', { dy, filter: filter! }, { inputShape: x!.shape }),
      filter: () => run('Conv2DBackpropFilter', { x: x!, dy }, { filterShape: filter!.shape }),
    };
  },
});

gradient('DepthwiseConv2dNative', {
  inputs: ['x', 'filter'],
  gradient: (dy, [x, filter], { strides, pad, dilations, dimRoundingMode }) => {
    const attrs = { strides, pad, dilations, dimRoundingMode };
    const run = (kernel: string, inputs: object, more: object) =>
      tf.engine().runKernel(kernel, inputs as tf.NamedTensorMap, { ...attrs, ...more }) as tf.Tensor;
    return {
      x: () => run('DepthwiseConv2dNativeBackpropInput', { dy, filter: filter! }, { inputShape: x!.shape }),
      filter: () => run('DepthwiseConv2dNativeBackpropFilter', { x: x!, dy }, { filterShape: filter!.shape }),
    };
  },
});
