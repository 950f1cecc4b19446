import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { type Encoded, encode, encodeFrom, encodeTo, type ForwardOptions } from './encoder.js';
import type { EntryPoint } from './entry-point.js';
import { encodeFeatures } from './feature-encoder.js';
import { linear, type Weights, weight } from './layers.js';
import { variantsOf } from './variants/index.js';

/**
 * `Wav2Vec2ForSequenceClassification` from samples to logits.
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
  const features = encodeFeatures(weights, config, inputValues, options.kernels?.features, length);
  return classifyFeatures(weights, config, features, options);
}

/**
 * The same, from the feature encoder's output: projector without activation, mean over the valid frames
 * (padded ones are zeroed after the projector), classifier.
 *
 * @param features What `encodeFeatures` returns, [clips, frames, conv_dim.at(-1)].
 */
function classifyFeatures(
  weights: Weights,
  config: ModelConfig,
  features: tf.Tensor3D,
  options: ForwardOptions = {},
): tf.Tensor2D {
  return classifyStates(weights, config, encode(weights, config, features, options), options);
}

/**
 * The same from any place on; from a layer on only where the layers' states are not summed.
 *
 * @param inputs What `computeTo` returns for that place; states and features padded to the longest clip.
 */
export function classifyFrom(
  entry: EntryPoint,
  weights: Weights,
  config: ModelConfig,
  inputs: tf.Tensor,
  options: ForwardOptions = {},
): tf.Tensor2D {
  switch (entry.at) {
    case 'samples':
      return classify(weights, config, inputs as tf.Tensor2D, options);
    case 'features':
      return classifyFeatures(weights, config, inputs as tf.Tensor3D, options);
    case 'layer':
      return classifyStates(
        weights,
        config,
        encodeFrom(weights, config, inputs as tf.Tensor3D, entry.layer, options),
        options,
      );
    case 'means': {
      const { head: own } = variantsOf(config);
      if (own !== undefined) return own.classify(inputs as tf.Tensor2D, weights, config, options.draws);
      const summed = config.use_weighted_layer_sum
        ? weightedSum(tf.unstack(inputs as tf.Tensor3D, 1) as tf.Tensor2D[], weights)
        : (inputs as tf.Tensor2D);
      // The mean of projected frames is the projected mean: the projector has no activation.
      return head(summed, weights, config, options, (states) => states);
    }
  }
}

/**
 * What enters the model at a place: features [clips, frames, channels], states [clips, frames, hidden], or
 * their means over the valid frames, [clips, hidden], or of each layer's, [clips, layers + 1, hidden], where
 * these are summed.
 */
export function computeTo(
  entry: Exclude<EntryPoint, { at: 'samples' }>,
  weights: Weights,
  config: ModelConfig,
  inputValues: tf.Tensor2D,
  options: ForwardOptions = {},
): tf.Tensor {
  const features = encodeFeatures(weights, config, inputValues, options.kernels?.features);
  if (entry.at === 'features') return features;
  if (entry.at === 'layer') return encodeTo(weights, config, features, entry.layer, options);
  const { last, hidden, mask } = encode(weights, config, features, options);
  if (!config.use_weighted_layer_sum) return variantsOf(config).head?.pool(last) ?? pool(last, mask);
  return tf.stack(
    hidden.map((states) => pool(states, mask)),
    1,
  );
}

function classifyStates(
  weights: Weights,
  config: ModelConfig,
  encoded: Encoded,
  options: ForwardOptions,
): tf.Tensor2D {
  const { last, hidden, mask } = encoded;
  const { head: own } = variantsOf(config);
  if (own !== undefined) return own.classify(own.pool(last), weights, config, options.draws);
  const states = config.use_weighted_layer_sum ? weightedSum(hidden, weights) : last;
  return head(states, weights, config, options, (projected) => pool(projected, mask));
}

function head<T extends tf.Tensor>(
  states: T,
  weights: Weights,
  config: ModelConfig,
  { draws }: ForwardOptions,
  pooled: (projected: T) => tf.Tensor2D,
): tf.Tensor2D {
  const projected = linear(states, weights, 'projector', config, draws);
  return linear(pooled(projected), weights, 'classifier', config, draws);
}

/** Sum of the layers' hidden states with softmax(layer_weights) as weights. */
function weightedSum<T extends tf.Tensor>(hidden: readonly T[], weights: Weights): T {
  const shares = tf.softmax(weight<tf.Tensor1D>(weights, 'layer_weights'));
  return tf.addN(hidden.map((states, layer): T => tf.mul(states, tf.slice(shares, [layer], [1]))));
}

function pool(states: tf.Tensor3D, mask: tf.Tensor3D | undefined): tf.Tensor2D {
  if (mask === undefined) return tf.mean(states, 1);
  return tf.div(tf.sum(tf.mul(states, mask), 1), tf.sum(mask, 1));
}
