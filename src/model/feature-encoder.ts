import * as ops from '../engine/ops.js';
import * as tf from '../engine/tf.js';
import type { ModelConfig } from './config.js';
import { activate, layerNorm, type Weights, weight } from './layers.js';
import { basePrefix } from './parameters.js';

/** The epsilon that `nn.LayerNorm` and `nn.GroupNorm` have by default; `layer_norm_eps` does not reach this part. */
const EPSILON = 1e-5;

/**
 * The convolutional feature encoder (`Wav2Vec2FeatureEncoder`), channels last.
 *
 * @param inputValues Normalised samples, [clips, samples].
 * @returns [clips, frames, conv_dim.at(-1)], where frames is `frameCount(config, samples)`.
 */
export function extractFeatures(
  weights: Weights,
  config: ModelConfig,
  inputValues: tf.Tensor2D,
): tf.Tensor3D {
  let hidden: tf.Tensor3D = tf.expandDims(inputValues, 2);
  config.conv_stride.forEach((stride, index) => {
    const name = `${basePrefix(config)}feature_extractor.conv_layers.${index}`;
    // PyTorch keeps [out, in, time].
    const kernel = tf.transpose(weight<tf.Tensor3D>(weights, `${name}.conv.weight`), [2, 1, 0]);
    hidden = ops.conv1d(hidden, kernel, stride);
    if (config.conv_bias) hidden = tf.add(hidden, weight(weights, `${name}.conv.bias`));
    if (config.feat_extract_norm === 'layer')
      hidden = layerNorm(hidden, weights, `${name}.layer_norm`, EPSILON);
    else if (index === 0) hidden = channelNorm(hidden, weights, `${name}.layer_norm`);
    hidden = activate(hidden, config.feat_extract_activation);
  });
  return hidden;
}

/** `nn.GroupNorm` with a group a channel: each channel of each clip is normalised over time. */
function channelNorm(x: tf.Tensor3D, weights: Weights, name: string): tf.Tensor3D {
  const mean = tf.mean(x, 1, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), 1, true);
  const scale = tf.mul(tf.rsqrt(tf.add(variance, EPSILON)), weight(weights, `${name}.weight`));
  return tf.add(tf.mul(centred, scale), weight(weights, `${name}.bias`));
}
