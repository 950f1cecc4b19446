import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { namesOf } from './families/index.js';
import { linear, type Weights } from './layers.js';
import { dropout, type RandomDraws } from './random-draws.js';
import type { AddedScores } from './variants/types.js';

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
  const { num_attention_heads: heads } = config;
  const size = x.shape[2] / heads;
  const project = (part: string) => linear(x, weights, `${name}.${part}`, config, draws);
  const query = splitHeads(tf.mul(project('q_proj'), size ** -0.5), heads);
  const key = splitHeads(project('k_proj'), heads);
  const value = splitHeads(project('v_proj'), heads);
  let scores: tf.Tensor4D = tf.matMul(query, key, false, true);
  if (added.positions !== undefined) scores = tf.add(scores, added.positions(x, name));
  const attended = attend(scores, value, added.mask, config, draws);
  return linear(attended, weights, `${name}.${namesOf(config).layer.out}`, config, draws);
}

/** [clips, frames, hidden] as [clips, heads, frames, hidden / heads]. */
export function splitHeads(states: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [clips, frames, hidden] = states.shape;
  return tf.transpose(tf.reshape(states, [clips, frames, heads, hidden / heads]), [0, 2, 1, 3]);
}

/**
 * Means of the values by the scores, [clips, frames, hidden].
 *
 * @param scores [clips, heads, frames, frames].
 * @param value As `splitHeads` gives them.
 * @param mask As in `AddedScores`.
 */
export function attend(
  scores: tf.Tensor4D,
  value: tf.Tensor4D,
  mask: tf.Tensor4D | undefined,
  config: ModelConfig,
  draws: RandomDraws | undefined,
): tf.Tensor3D {
  const [clips, heads, frames, size] = value.shape;
  const probabilities = tf.softmax(mask === undefined ? scores : tf.add(scores, mask));
  const context = tf.matMul(dropout(probabilities, config.attention_dropout, draws), value);
  return tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [clips, frames, heads * size]);
}
