import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { linear, type Weights } from './layers.js';
import { dropout, type RandomDraws } from './random-draws.js';
import type { LayerScores } from './variant-types.js';

/** What is added to the scores of all layers, and what each makes for itself. */
export interface AddedScores {
  /** [clips, 1, 1, frames]: 0, or hugely negative for padded frames. */
  mask?: tf.Tensor4D;
  /** Of a family whose attention sees positions. */
  positions?: LayerScores;
}

/**
 * Multi-head self-attention (`Wav2Vec2Attention`; Vaswani et al., 2017).
 *
 * @param x [clips, frames, hidden].
 * @param name Prefix of its parameters, without the last dot.
 * @param added What is added to the scores.
 */
export function attention(
  x: tf.Tensor3D,
  weights: Weights,
  name: string,
  config: ModelConfig,
  added: AddedScores,
  draws: RandomDraws | undefined,
): tf.Tensor3D {
  const [clips, frames, hidden] = x.shape;
  const heads = config.num_attention_heads;
  const size = hidden / heads;
  const split = (states: tf.Tensor3D): tf.Tensor4D =>
    tf.transpose(tf.reshape(states, [clips, frames, heads, size]), [0, 2, 1, 3]);
  const query = split(tf.mul(linear(x, weights, `${name}.q_proj`, config, draws), size ** -0.5));
  const key = split(linear(x, weights, `${name}.k_proj`, config, draws));
  const value = split(linear(x, weights, `${name}.v_proj`, config, draws));
  let scores: tf.Tensor4D = tf.matMul(query, key, false, true);
  if (added.positions !== undefined) scores = tf.add(scores, added.positions(x, name));
  if (added.mask !== undefined) scores = tf.add(scores, added.mask);
  const probabilities = tf.softmax(scores);
  const context = tf.matMul(dropout(probabilities, config.attention_dropout, draws), value);
  const joined: tf.Tensor3D = tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [clips, frames, hidden]);
  return linear(joined, weights, `${name}.out_proj`, config, draws);
}
