import * as tf from '@tensorflow/tfjs-core';
import { fusedKernel, withGradient } from './fused-kernel.js';

/**
 * Convolution in time in groups of channels, without padding, with stride 1, channels last.
 *
 * x [N, T, C], w [K, C / groups, O]; the result is [N, T - K + 1, O]. Group number g takes the g-th part of the
 * input channels to the g-th part of the output channels, as `torch.nn.Conv1d(groups=…)`.
 * Throws when the shapes do not fit.
 */
export function groupedConv1d(x: tf.Tensor, w: tf.Tensor, groups: number): tf.Tensor3D {
  const [, time, channels] = x.shape as [number, number, number];
  const [size, inputs, outputs] = w.shape as [number, number, number];
  const fits = x.rank === 3 && w.rank === 3 && inputs * groups === channels && outputs % groups === 0;
  if (!fits || time < size) {
    throw new Error(`groupedConv1d: kernel [${w.shape}] in ${groups} groups does not fit input [${x.shape}]`);
  }
  const op = withGradient(([x, w], save) => {
    save([x!, w!]);
    return {
      value: convolve(x!, w!, groups),
      gradient: (dy, [x, w]) => [inputGradient(dy, w!, groups), kernelGradient(dy, x!, groups)],
    };
  });
  return op(x, w) as tf.Tensor3D;
}

/*
 * Both gradients are grouped convolutions again: that of the input one of dy with the kernel reversed in time, that
 * of the kernel one of the input with dy, in which the channels of a group and the batch change places.
 */

function inputGradient(dy: tf.Tensor, w: tf.Tensor, groups: number): tf.Tensor {
  const [size, inputs, outputs] = w.shape as [number, number, number];
  const byGroup = tf.reshape(tf.reverse(w, 0), [size, inputs, groups, outputs / groups]);
  const back = tf.reshape(tf.transpose(byGroup, [0, 3, 2, 1]), [size, outputs / groups, groups * inputs]);
  const margin: [number, number] = [size - 1, size - 1];
  return convolve(tf.pad(dy, [[0, 0], margin, [0, 0]]), back, groups);
}

function kernelGradient(dy: tf.Tensor, x: tf.Tensor, groups: number): tf.Tensor {
  const [batch, time, channels] = x.shape as [number, number, number];
  const [, count, outputs] = dy.shape as [number, number, number];
  const byGroup = tf.reshape(x, [batch, time, groups, channels / groups]);
  const signal = tf.reshape(tf.transpose(byGroup, [3, 1, 2, 0]), [channels / groups, time, groups * batch]);
  const kernel = tf.reshape(tf.transpose(dy, [1, 0, 2]), [count, batch, outputs]);
  return tf.transpose(convolve(signal, kernel, groups), [1, 0, 2]);
}

/** The convolution itself: fused where the engine has it, else one product a group with the unfolded windows. */
function convolve(x: tf.Tensor, w: tf.Tensor, groups: number): tf.Tensor {
  const fused = fusedKernel('GroupedConv1D', { x, w }, { groups });
  if (fused) return fused[0]!;
  const [batch, time, channels] = x.shape as [number, number, number];
  const [size, inputs, outputs] = w.shape as [number, number, number];
  const count = time - size + 1;
  const places = new Int32Array(count * size);
  for (let i = 0; i < places.length; i++) places[i] = Math.floor(i / size) + (i % size);
  const byGroup = tf.transpose(tf.reshape(x, [batch, time, groups, channels / groups]), [2, 0, 1, 3]);
  const windows = tf.reshape(tf.gather(byGroup, tf.tensor1d(places, 'int32'), 2), [
    groups,
    batch * count,
    size * inputs,
  ]);
  const kernel = tf.transpose(tf.reshape(w, [size * inputs, groups, outputs / groups]), [1, 0, 2]);
  const product = tf.reshape(tf.matMul(windows, kernel), [groups, batch, count, outputs / groups]);
  return tf.reshape(tf.transpose(product, [1, 2, 0, 3]), [batch, count, outputs]);
}
