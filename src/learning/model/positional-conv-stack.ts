import * as ops from '../../engine/ops.js';
import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import type { PositionEmbedding } from './families/family.js';
import { frameMask, framesOf } from './frame-masks.js';
import { activate, weight } from './layers.js';
import { basePrefix } from './names.js';
import { samePadded } from './positional-conv.js';

/** Of its layer normalisations, which have no parameters. */
const EPSILON = 1e-5;

/**
 * Data2Vec's position embedding (`Data2VecAudioPositionalConvEmbedding`): grouped convolutions one after the
 * other, each with layer normalisation and activation.
 */
export const positionalConvStack: PositionEmbedding = {
  parameters(config) {
    const { hidden_size: hidden, conv_pos_kernel_size: size } = config;
    const inputs = hidden / config.num_conv_pos_embedding_groups;
    const std = Math.sqrt(2 / (inputs * size));
    return names(config).flatMap((name) => [
      { name: `${name}.weight`, shape: [hidden, inputs, size], init: { type: 'normal', std } },
      { name: `${name}.bias`, shape: [hidden], init: { type: 'zeros' } },
    ]);
  },

  kernels(weights, config) {
    const prefix = basePrefix(config);
    return names(config).map((name) => tf.clone(weight<tf.Tensor3D>(weights, `${prefix}${name}.weight`)));
  },

  enter(x, weights, config, { kernels, samples }) {
    const { hidden_size, num_conv_pos_embedding_groups: groups } = config;
    // What follows the batch's last frame is 0 for each convolution.
    const within = samples && frameMask(framesOf(samples, config), x.shape[1]);
    const [ones, zeros] = [tf.ones([hidden_size]), tf.zeros([hidden_size])];
    const positions = names(config).reduce((states, name, index) => {
      const seen: tf.Tensor3D = within === undefined ? states : tf.mul(states, within);
      const bias = weight(weights, `${basePrefix(config)}${name}.bias`);
      const moved: tf.Tensor3D = tf.add(samePadded(seen, kernels[index]!, groups), bias);
      return activate(ops.layerNorm(moved, ones, zeros, EPSILON), config.feat_extract_activation);
    }, x);
    return tf.add(x, positions);
  },
};

function names(config: ModelConfig): string[] {
  return Array.from(
    { length: config.num_conv_pos_embeddings },
    (_, index) => `encoder.pos_conv_embed.layers.${index}.conv`,
  );
}
