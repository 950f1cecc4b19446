import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { encode, type ForwardOptions } from './encoder.js';
import { extractFeatures } from './feature-encoder.js';
import { linear, type Weights, weight } from './layers.js';

/**
 * `Wav2Vec2ForSequenceClassification` from the samples on.
 *
 * @param inputValues Normalised samples, [clips, samples], padded with zeros.
 * @returns Logits, [clips, labels].
 */
export function classify(
  weights: Weights,
  config: ModelConfig,
  inputValues: tf.Tensor2D,
  options: ForwardOptions = {},
): tf.Tensor2D {
  const length = options.length && tf.tensor1d(options.length);
  const features = extractFeatures(weights, config, inputValues, options.kernels?.features, length);
  return classifyFeatures(weights, config, features, options);
}

/**
 * The same from the feature encoder's output on: projector without activation, mean over the valid frames
 * (padded ones are zeroed after the projector), classifier.
 *
 * @param features What `extractFeatures` returns, [clips, frames, conv_dim.at(-1)].
 */
export function classifyFeatures(
  weights: Weights,
  config: ModelConfig,
  features: tf.Tensor3D,
  options: ForwardOptions = {},
): tf.Tensor2D {
  const { last, hidden, mask } = encode(weights, config, features, options);
  const states = config.use_weighted_layer_sum ? weightedSum(hidden, weights) : last;
  const projected = linear(states, weights, 'projector');
  return linear(pool(projected, mask), weights, 'classifier');
}

/** Sum of the layers' hidden states with softmax(layer_weights) as weights. */
function weightedSum(hidden: readonly tf.Tensor3D[], weights: Weights): tf.Tensor3D {
  const shares = tf.softmax(weight<tf.Tensor1D>(weights, 'layer_weights'));
  return tf.addN(hidden.map((states, layer): tf.Tensor3D => tf.mul(states, tf.slice(shares, [layer], [1]))));
}

function pool(states: tf.Tensor3D, mask: tf.Tensor3D | undefined): tf.Tensor2D {
  if (mask === undefined) return tf.mean(states, 1);
  return tf.div(tf.sum(tf.mul(states, mask), 1), tf.sum(mask, 1));
}
