import * as ops from '../../../engine/ops.js';
import * as tf from '../../../engine/tf.js';
import type { ModelConfig } from '../config.js';
import { activate, type Weights, weight } from '../layers.js';
import { basePrefix } from '../parameter-names.js';
import { POSITION_CONV, POSITION_WEIGHT } from './parameters.js';
import type { PositionEmbedding } from './types.js';

/**
 * The convolutional position embedding (`Wav2Vec2PositionalConvEmbedding`): one grouped convolution, about
 * half a second wide to each side, then the activation. Its kernel is weight-normalised over all axes but
 * time (`dim=2`; Salimans and Kingma, 2016): g · v / ‖v‖.
 */
export const positionalConv: PositionEmbedding = {
  kernels(weights, config) {
    const name = basePrefix(config) + POSITION_WEIGHT;
    const gain = weight<tf.Tensor3D>(weights, `${name}.original0`);
    const direction = weight<tf.Tensor3D>(weights, `${name}.original1`);
    const norm = tf.sqrt(tf.sum(tf.square(direction), [0, 1], true));
    return [tf.mul(direction, tf.div(gain, norm))];
  },

  enter(x, weights, config, { kernels: [kernel] }) {
    return tf.add(x, convolved(x, weights, config, kernel!));
  },
};

/** The position embedding itself, [clips, frames, hidden]. */
export function convolved(
  x: tf.Tensor3D,
  weights: Weights,
  config: ModelConfig,
  kernel: tf.Tensor3D,
): tf.Tensor3D {
  const bias = weight(weights, `${basePrefix(config)}${POSITION_CONV}.bias`);
  const moved = samePadded(x, kernel, config.num_conv_pos_embedding_groups);
  return activate(tf.add(moved, bias), config.feat_extract_activation);
}

/**
 * A convolution in time in groups of channels that gives as many frames as it takes, as PyTorch's with
 * `padding = size // 2`, whose last frame is dropped when the size is even.
 */
export function samePadded(x: tf.Tensor3D, kernel: tf.Tensor3D, groups: number): tf.Tensor3D {
  const [, , size] = kernel.shape;
  const before = Math.floor(size / 2);
  const after = size % 2 === 0 ? before - 1 : before;
  // Taps further away than the clip is long only see padding. To take them out costs as much as a third of
  // the convolution.
  const reach = x.shape[1] - 1;
  const isShort = 2 * reach + 1 <= size / 2;
  const near = isShort ? tf.slice(kernel, [0, 0, before - reach], [-1, -1, 2 * reach + 1]) : kernel;
  return ops.groupedConv1d(x, near, groups, isShort ? [reach, reach] : [before, after]);
}

/** A convolution in time in groups of channels in which a frame sees itself and those before it. */
export function causal(x: tf.Tensor3D, kernel: tf.Tensor3D, groups: number): tf.Tensor3D {
  const [, , size] = kernel.shape;
  // Taps further away than the clip is long see nothing.
  const taps = Math.min(size, x.shape[1]);
  const near = taps < size ? tf.slice(kernel, [0, 0, size - taps], [-1, -1, taps]) : kernel;
  return ops.groupedConv1d(x, near, groups, [taps - 1, 0]);
}
