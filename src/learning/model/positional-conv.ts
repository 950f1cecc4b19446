import * as ops from '../../engine/ops.js';
import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { positionKernel } from './kernels.js';
import { activate, type Weights, weight } from './layers.js';
import { basePrefix } from './parameters.js';

/**
 * The convolutional position embedding (`Wav2Vec2PositionalConvEmbedding`) of hidden states [clips, frames,
 * hidden], same shape: a grouped convolution as wide as half a second, "same" padding, then the activation.
 *
 * @param kernel Where it was made before.
 */
export function positionalConv(
  x: tf.Tensor3D,
  weights: Weights,
  config: ModelConfig,
  kernel: tf.Tensor3D = positionKernel(weights, config),
): tf.Tensor3D {
  const size = config.num_conv_pos_embeddings;
  // PyTorch pads both sides by size / 2 and drops the last frame when the size is even.
  const before = Math.floor(size / 2);
  const after = size % 2 === 0 ? before - 1 : before;
  const groups = config.num_conv_pos_embedding_groups;
  // Taps further away than the clip is long only see padding. To take them out costs as much as a third of
  // the convolution.
  const reach = x.shape[1] - 1;
  const isShort = 2 * reach + 1 <= size / 2;
  const near = isShort ? tf.slice(kernel, [0, 0, before - reach], [-1, -1, 2 * reach + 1]) : kernel;
  const moved = ops.groupedConv1d(x, near, groups, isShort ? [reach, reach] : [before, after]);
  return activate(
    tf.add(moved, weight(weights, `${basePrefix(config)}encoder.pos_conv_embed.conv.bias`)),
    config.feat_extract_activation,
  );
}
