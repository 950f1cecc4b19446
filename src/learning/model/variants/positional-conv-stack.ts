import * as ops from '../../../engine/ops.js';
import * as tf from '../../../engine/tf.js';
import { frameMask, framesOf } from '../frame-masks.js';
import { activate, weight } from '../layers.js';
import { basePrefix } from '../parameter-names.js';
import { convStackNames } from './parameters.js';
import { samePadded } from './positional-conv.js';
import type { PositionEmbedding } from './types.js';

/** Of its layer normalisations, which have no parameters. */
const EPSILON = 1e-5;

/**
 * Data2Vec's position embedding (`Data2VecAudioPositionalConvEmbedding`): grouped convolutions one after the
 * other, each with layer normalisation and activation.
 */
export const positionalConvStack: PositionEmbedding = {
  kernels(weights, config) {
    const prefix = basePrefix(config);
    return convStackNames(config).map((name) =>
      tf.clone(weight<tf.Tensor3D>(weights, `${prefix}${name}.weight`)),
    );
  },

  enter(x, weights, config, { kernels, samples }) {
    const { hidden_size, num_conv_pos_embedding_groups: groups } = config;
    // What follows the batch's last frame is 0 for each convolution.
    const within = samples && frameMask(framesOf(samples, config), x.shape[1]);
    const [ones, zeros] = [tf.ones([hidden_size]), tf.zeros([hidden_size])];
    const positions = convStackNames(config).reduce((states, name, index) => {
      const seen: tf.Tensor3D = within === undefined ? states : tf.mul(states, within);
      const bias = weight(weights, `${basePrefix(config)}${name}.bias`);
      const moved: tf.Tensor3D = tf.add(samePadded(seen, kernels[index]!, groups), bias);
      return activate(ops.layerNorm(moved, ones, zeros, EPSILON), config.feat_extract_activation);
    }, x);
    return tf.add(x, positions);
  },
};
