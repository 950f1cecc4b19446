import * as ops from '../engine/ops.js';
import * as tf from '../engine/tf.js';
import type { ModelConfig } from './config.js';
import { activate, type Weights, weight } from './layers.js';
import { basePrefix } from './parameters.js';

/**
 * The convolutional position embedding (`Wav2Vec2PositionalConvEmbedding`) of hidden states [clips, frames, hidden], same shape: a grouped
 * convolution as wide as half a second, "same" padding, then the activation. Its kernel is weight-normalised over all axes but
 * time (`dim=2`; Salimans and Kingma, 2016): g · v / ‖v‖.
 */
export function positionalConv(x: tf.Tensor3D, weights: Weights, config: ModelConfig): tf.Tensor3D {
  const name = `${basePrefix(config)}encoder.pos_conv_embed.conv`;
  const gain = weight<tf.Tensor3D>(weights, `${name}.parametrizations.weight.original0`);
  const direction = weight<tf.Tensor3D>(weights, `${name}.parametrizations.weight.original1`);
  const norm = tf.sqrt(tf.sum(tf.square(direction), [0, 1], true));
  const kernel: tf.Tensor3D = tf.mul(direction, tf.div(gain, norm));
  const size = config.num_conv_pos_embeddings;
  // PyTorch pads both sides by size / 2 and drops the last frame when the size is even.
  const before = Math.floor(size / 2);
  const after = size % 2 === 0 ? before - 1 : before;
  // Taps further away than the clip is long would only see padding.
  const reach = x.shape[1] - 1;
  const left = Math.min(before, reach);
  const right = Math.min(after, reach);
  const near = tf.slice(kernel, [0, 0, before - left], [-1, -1, left + 1 + right]);
  const padded = tf.pad(x, [
    [0, 0],
    [left, right],
    [0, 0],
  ]);
  const groups = config.num_conv_pos_embedding_groups;
  const moved = ops.groupedConv1d(padded, tf.transpose(near, [2, 1, 0]), groups);
  return activate(tf.add(moved, weight(weights, `${name}.bias`)), config.feat_extract_activation);
}
