import * as ops from '../../engine/ops.js';
import * as tf from '../../engine/tf.js';
import { frameCount, type ModelConfig } from './config.js';
import { featureKernels, isPaired, type Kernels } from './conv-kernels.js';
import { inputLengths } from './feature-frames.js';
import { activate, layerNorm, type Weights, weight } from './layers.js';
import { convLayerName } from './parameter-names.js';
import { variantsOf } from './variants/index.js';

/**
 * The epsilon that `nn.LayerNorm` and `nn.GroupNorm` have by default; `layer_norm_eps` does not reach this
 * part.
 */
const EPSILON = 1e-5;

/**
 * The most numbers that a layer's input or output should have at a time, so that what is made of it fits the
 * processor's cache.
 */
const CACHED = 2 ** 21;

/**
 * The convolutional feature encoder (`Wav2Vec2FeatureEncoder`), channels last. Clips go through the layers a
 * few at a time, more of them the shorter they have become, so that the output of one operation is still in
 * the processor's cache when the next one reads it.
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
  const lengths = inputLengths(config, samples);
  const missing = Math.max(0, lengths[0]! - samples);
  const padded =
    missing === 0
      ? inputValues
      : tf.pad(inputValues, [
          [0, 0],
          [0, missing],
        ]);
  const counted = length ?? (missing === 0 ? undefined : tf.scalar(samples));
  const taps = kernels.map((kernel, index) => (isPaired(config, index) ? tf.unstack(kernel) : [kernel]));
  const numbers = (layer: number) =>
    (lengths[layer] ?? frameCount(config, samples)) * (config.conv_dim[layer - 1] ?? 1);

  /** The input of a layer, of clips from `first` on. */
  const inputOf = (layer: number, first: number, count: number): tf.Tensor3D => {
    if (layer === 0) return tf.expandDims(tf.slice(padded, [first, 0], [count, -1]), 2);
    const parts = batches(count, Math.max(numbers(layer - 1), numbers(layer))).map(([from, size]) => {
      const states = inputOf(layer - 1, first + from, size);
      return convolve(weights, config, layer - 1, states, taps[layer - 1]!, counted);
    });
    const whole = parts.length === 1 ? parts[0]! : tf.concat(parts, 0);
    return layer < lengths.length && isPaired(config, layer) ? cut(whole, lengths[layer]!) : whole;
  };
  return cut(inputOf(lengths.length, 0, clips), frameCount(config, samples));
}

/** Equal parts of the clips, as many as a layer should get at a time: where each starts, and its size. */
function batches(clips: number, numbers: number): [from: number, size: number][] {
  const most = Math.max(1, Math.floor(CACHED / numbers));
  const size = Math.ceil(clips / Math.ceil(clips / most));
  const count = Math.ceil(clips / size);
  return Array.from({ length: count }, (_, i) => [i * size, Math.min(size, clips - i * size)]);
}

/** The first frames. */
function cut(states: tf.Tensor3D, frames: number): tf.Tensor3D {
  return states.shape[1] === frames ? states : tf.slice(states, [0, 0, 0], [-1, frames, -1]);
}

function convolve(
  weights: Weights,
  config: ModelConfig,
  index: number,
  states: tf.Tensor3D,
  taps: readonly tf.Tensor[],
  length: tf.Tensor | undefined,
): tf.Tensor3D {
  const name = convLayerName(config, index);
  const stride = config.conv_stride[index]!;
  const bias = config.conv_bias ? weight(weights, `${name}.conv.bias`) : undefined;
  let hidden: tf.Tensor3D;
  if (config.feat_extract_norm === 'group' && index === 0) {
    const gamma = weight(weights, `${name}.layer_norm.weight`);
    const beta = weight(weights, `${name}.layer_norm.bias`);
    // A bias only shifts the mean, which is subtracted: it has no effect, and its gradient is 0.
    const shift = bias === undefined ? beta : tf.add(beta, tf.mul(bias, 0));
    hidden = ops.normalisedConv1d(states, taps[0]!, stride, gamma, shift, EPSILON, length);
  } else {
    hidden = isPaired(config, index)
      ? ops.pairedConv1d(states, taps as [tf.Tensor, tf.Tensor, tf.Tensor])
      : ops.conv1d(states, taps[0]!, stride);
    if (bias !== undefined) hidden = tf.add(hidden, bias);
  }
  if (config.feat_extract_norm === 'layer')
    hidden = layerNorm(hidden, weights, `${name}.layer_norm`, EPSILON);
  return activate(hidden, config.feat_extract_activation);
}
