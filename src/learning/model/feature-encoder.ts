import * as ops from '../../engine/ops.js';
import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { featureKernels, type Kernels } from './conv-kernels.js';
import { activate, layerNorm, type Weights, weight } from './layers.js';
import { convLayerName } from './parameter-names.js';
import { variantsOf } from './variants/index.js';

/**
 * The epsilon that `nn.LayerNorm` and `nn.GroupNorm` have by default; `layer_norm_eps` does not reach this
 * part.
 */
const EPSILON = 1e-5;

/**
 * The most numbers that a layer's output should have at a time, so that several outputs fit the processor's
 * cache.
 */
const CACHED = 2 ** 21;

/**
 * The convolutional feature encoder (`Wav2Vec2FeatureEncoder`), channels last. Clips go through all layers a
 * few at a time, so that the output of one operation is still in the processor's cache when the next one
 * reads it.
 *
 * @param inputValues Normalised samples, [clips, samples].
 * @param kernels If already computed.
 * @param length The number of samples that count, if clips are padded beyond them: their frames are as if the
 * clips ended there, the others are meaningless.
 * @returns [clips, frames, conv_dim.at(-1)], where frames is `frameCount(config, samples)`.
 */
export function encodeFeatures(
  weights: Weights,
  config: ModelConfig,
  inputValues: tf.Tensor2D,
  kernels: Kernels['features'] = featureKernels(weights, config),
  length?: tf.Tensor,
): tf.Tensor3D {
  const { features } = variantsOf(config);
  if (features !== undefined) return features.encode(inputValues, weights, config);
  const [clips, samples] = inputValues.shape;
  const numbers = (samples / config.conv_stride[0]!) * config.conv_dim[0]!;
  const together = Math.max(1, Math.floor(CACHED / numbers));
  if (together >= clips) return convolve(kernels, weights, config, inputValues, length);
  const parts: tf.Tensor3D[] = [];
  for (let first = 0; first < clips; first += together) {
    const some = tf.slice(inputValues, [first, 0], [Math.min(together, clips - first), samples]);
    parts.push(convolve(kernels, weights, config, some, length));
  }
  return tf.concat(parts, 0);
}

function convolve(
  kernels: Kernels['features'],
  weights: Weights,
  config: ModelConfig,
  inputValues: tf.Tensor2D,
  length: tf.Tensor | undefined,
): tf.Tensor3D {
  let hidden: tf.Tensor3D = tf.expandDims(inputValues, 2);
  config.conv_stride.forEach((stride, index) => {
    const name = convLayerName(config, index);
    const kernel = kernels[index]!;
    const bias = config.conv_bias ? weight(weights, `${name}.conv.bias`) : undefined;
    if (config.feat_extract_norm === 'group' && index === 0) {
      const gamma = weight(weights, `${name}.layer_norm.weight`);
      const beta = weight(weights, `${name}.layer_norm.bias`);
      // A bias only shifts the mean, which is subtracted: it has no effect, and its gradient is 0.
      const shift = bias === undefined ? beta : tf.add(beta, tf.mul(bias, 0));
      hidden = ops.normalisedConv1d(hidden, kernel, stride, gamma, shift, EPSILON, length);
    } else {
      hidden = ops.conv1d(hidden, kernel, stride);
      if (bias !== undefined) hidden = tf.add(hidden, bias);
    }
    if (config.feat_extract_norm === 'layer')
      hidden = layerNorm(hidden, weights, `${name}.layer_norm`, EPSILON);
    hidden = activate(hidden, config.feat_extract_activation);
  });
  return hidden;
}
