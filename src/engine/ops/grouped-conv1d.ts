import * as tf from '@tensorflow/tfjs-core';
import { withGradient } from './fused-kernel.js';

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
  return operation(groups)(x, w) as tf.Tensor3D;
}

function operation(groups: number): (...inputs: tf.Tensor[]) => tf.Tensor {
  return withGradient(([x, w], save) => {
    const [size, inputs, outputs] = w!.shape as [number, number, number];
    const windows = unfold(x!, size, groups);
    save([windows, w!]);
    return {
      value: multiply(windows, w!, groups, x!.shape[0]!),
      gradient: (dy, [windows, w]) => {
        const byGroup = tf.reshape(toGroups(dy, groups), [groups, -1, outputs / groups]);
        const dw = tf.reshape(tf.matMul(windows!, byGroup, true, false), [
          groups,
          size,
          inputs,
          outputs / groups,
        ]);
        // The gradient of the input is a convolution, too: of dy, with the kernel reversed in time.
        const reversed = tf.transpose(
          tf.reshape(tf.reverse(w!, 0), [size, inputs, groups, outputs / groups]),
          [0, 3, 2, 1],
        );
        const padded = tf.pad(dy, [
          [0, 0],
          [size - 1, size - 1],
          [0, 0],
        ]);
        const back = tf.reshape(reversed, [size, outputs / groups, groups * inputs]);
        return [
          multiply(unfold(padded, size, groups), back, groups, dy.shape[0]!),
          tf.reshape(tf.transpose(dw, [1, 2, 0, 3]), [size, inputs, outputs]),
        ];
      },
    };
  });
}

/** [N, T, C] as [groups, N, T, C / groups]. */
function toGroups(x: tf.Tensor, groups: number): tf.Tensor {
  const [batch, time, channels] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, time, groups, channels / groups]), [2, 0, 1, 3]);
}

/** The windows of x [N, T, C]: [groups, N · windows, size · C / groups]. */
function unfold(x: tf.Tensor, size: number, groups: number): tf.Tensor {
  const [batch, time, channels] = x.shape as [number, number, number];
  const count = time - size + 1;
  const places = new Int32Array(count * size);
  for (let i = 0; i < places.length; i++) places[i] = Math.floor(i / size) + (i % size);
  const windows = tf.gather(toGroups(x, groups), tf.tensor1d(places, 'int32'), 2);
  return tf.reshape(windows, [groups, batch * count, (size * channels) / groups]);
}

/** Windows [groups, N · T, K · C / groups] times a kernel [K, C / groups, O]: [N, T, O]. */
function multiply(windows: tf.Tensor, w: tf.Tensor, groups: number, batch: number): tf.Tensor {
  const [size, inputs, outputs] = w.shape as [number, number, number];
  const kernel = tf.transpose(tf.reshape(w, [size * inputs, groups, outputs / groups]), [1, 0, 2]);
  const time = windows.shape[1]! / batch;
  const product = tf.reshape(tf.matMul(windows, kernel), [groups, batch, time, outputs / groups]);
  return tf.reshape(tf.transpose(product, [1, 2, 0, 3]), [batch, time, outputs]);
}
