import * as tf from '../../engine/tf.js';
import { attention } from './attention.js';
import type { ModelConfig } from './config.js';
import { namesOf } from './families/index.js';
import { activate, layerNorm, linear, type Weights } from './layers.js';
import { dropout, type RandomDraws } from './random-draws.js';
import type { AddedScores } from './variants/types.js';

/**
 * One layer of the Transformer encoder: `Wav2Vec2EncoderLayer` (layer normalisation after each part), or
 * `Wav2Vec2EncoderLayerStableLayerNorm` (before each part) if `do_stable_layer_norm` is set.
 *
 * @param x [clips, frames, hidden].
 * @param name Prefix of its parameters, without the last dot.
 * @param added As `attention` takes it.
 */
export function encoderLayer(
  x: tf.Tensor3D,
  weights: Weights,
  name: string,
  config: ModelConfig,
  added: AddedScores,
  draws: RandomDraws | undefined,
): tf.Tensor3D {
  const { attention: attending, norms, feed: feeding } = namesOf(config).layer;
  const normalise = (states: tf.Tensor3D, part: 0 | 1) =>
    layerNorm(states, weights, `${name}.${norms[part]}`, config.layer_norm_eps);
  const attend = (states: tf.Tensor3D): tf.Tensor3D => {
    const attended = attention(states, weights, `${name}.${attending}`, config, added, draws);
    return dropout(attended, config.hidden_dropout, draws);
  };
  const feed = (states: tf.Tensor3D) =>
    feedForward(states, weights, [`${name}.${feeding[0]}`, `${name}.${feeding[1]}`], config, draws);
  if (config.do_stable_layer_norm) {
    const attended: tf.Tensor3D = tf.add(x, attend(normalise(x, 0)));
    return tf.add(attended, feed(normalise(attended, 1)));
  }
  const attended = normalise(tf.add(x, attend(x)), 0);
  return normalise(tf.add(attended, feed(attended)), 1);
}

/** Two linear layers with an activation between them (`Wav2Vec2FeedForward`). */
export function feedForward(
  x: tf.Tensor3D,
  weights: Weights,
  [wider, narrower]: readonly [string, string],
  config: ModelConfig,
  draws: RandomDraws | undefined,
): tf.Tensor3D {
  const wide = activate(linear(x, weights, wider, config, draws), config.hidden_act);
  const inner = dropout(wide, config.activation_dropout, draws);
  const narrow = linear(inner, weights, narrower, config, draws);
  return dropout(narrow, config.hidden_dropout, draws);
}
