import * as tf from '../core.js';
import { fusedKernel, withGradient } from './fused-kernel.js';
import { type Padding, spectralConv1d, spectralSizes } from './spectral-conv1d.js';

/**
 * Convolution in time in groups of channels, with stride 1, channels last.
 *
 * x [N, T, C], w [O, C / groups, K] as in `torch.nn.Conv1d(groups=…)`, with zeros added at both ends in time;
 * the result is [N, T', O], T' = before + T + after - K + 1. Group number g takes the g-th part of the input
 * channels to the g-th part of the output channels. Throws if the shapes do not fit, or there are more zeros
 * than taps that can see them.
 */
export function groupedConv1d(
  x: tf.Tensor,
  w: tf.Tensor,
  groups: number,
  padding: Padding = [0, 0],
): tf.Tensor3D {
  const [, time, channels] = x.shape as [number, number, number];
  const [outputs, inputs, size] = w.shape as [number, number, number];
  const fits = x.rank === 3 && w.rank === 3 && inputs * groups === channels && outputs % groups === 0;
  if (!fits || padding[0] + time + padding[1] < size || Math.max(...padding) >= size) {
    throw new Error(`groupedConv1d: kernel [${w.shape}] in ${groups} groups does not fit input [${x.shape}]`);
  }
  const { period } = spectralSizes(time, size, padding);
  if (isSpectral(inputs, size, period)) return spectralConv1d(x, w, groups, padding);
  const op = withGradient(([x, w], save) => {
    save([x!, w!]);
    return {
      value: convolve(x!, w!, groups, padding),
      gradient: (dy, [x, w]) => [
        inputGradient(dy, w!, groups, padding),
        kernelGradient(dy, x!, groups, padding),
      ],
    };
  });
  return op(x, w) as tf.Tensor3D;
}

/**
 * Whether Fourier transforms take less time: with long kernels of several channels each. Spectra are as long
 * as clips, and kernels' are big: from some length on, their memory is not worth it.
 */
function isSpectral(inputs: number, size: number, period: number): boolean {
  return inputs >= 8 && size >= 64 && period <= 400;
}

/*
 * Both gradients are grouped convolutions again: that of the input one of dy with the kernel reversed in
 * time, that of the kernel one of the input with dy, in which the channels of a group and the batch are
 * swapped.
 */

function inputGradient(dy: tf.Tensor, w: tf.Tensor, groups: number, [before, after]: Padding): tf.Tensor {
  const [outputs, inputs, size] = w.shape as [number, number, number];
  const byGroup = tf.reshape(w, [groups, outputs / groups, inputs, size]);
  const back = tf.reshape(tf.transpose(byGroup, [0, 2, 1, 3]), [groups * inputs, outputs / groups, size]);
  // dy is reversed, and then the result: both are much smaller than the kernel.
  return tf.reverse(convolve(tf.reverse(dy, 1), back, groups, [size - 1 - after, size - 1 - before]), 1);
}

function kernelGradient(dy: tf.Tensor, x: tf.Tensor, groups: number, padding: Padding): tf.Tensor {
  const [batch, time, channels] = x.shape as [number, number, number];
  const byGroup = tf.reshape(x, [batch, time, groups, channels / groups]);
  const signal = tf.reshape(tf.transpose(byGroup, [3, 1, 2, 0]), [channels / groups, time, groups * batch]);
  const product = convolve(signal, tf.transpose(dy, [2, 0, 1]), groups, padding);
  return tf.transpose(product, [2, 0, 1]);
}

/**
 * The convolution itself: fused if the engine supports it, otherwise one product per group with the unfolded
 * windows.
 */
function convolve(x: tf.Tensor, w: tf.Tensor, groups: number, [before, after]: Padding): tf.Tensor {
  const fused = fusedKernel('GroupedConv1D', { x, w }, { groups, before, after });
  if (fused) return fused[0]!;
  const padded = tf.pad(x, [
    [0, 0],
    [before, after],
    [0, 0],
  ]);
  const [batch, time, channels] = padded.shape as [number, number, number];
  const [outputs, inputs, size] = w.shape as [number, number, number];
  const count = time - size + 1;
  const places = new Int32Array(count * size);
  for (let i = 0; i < places.length; i++) places[i] = Math.floor(i / size) + (i % size);
  const byGroup = tf.transpose(tf.reshape(padded, [batch, time, groups, channels / groups]), [2, 0, 1, 3]);
  const windows = tf.reshape(tf.gather(byGroup, tf.tensor1d(places, 'int32'), 2), [
    groups,
    batch * count,
    size * inputs,
  ]);
  const kernel = tf.reshape(
    tf.transpose(tf.reshape(w, [groups, outputs / groups, inputs, size]), [0, 3, 2, 1]),
    [groups, size * inputs, outputs / groups],
  );
  const product = tf.reshape(tf.matMul(windows, kernel), [groups, batch, count, outputs / groups]);
  return tf.reshape(tf.transpose(product, [1, 2, 0, 3]), [batch, count, outputs]);
}
