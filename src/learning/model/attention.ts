import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { type Drawing, dropout } from './drawing.js';
import { linear, type Weights } from './layers.js';

/**
 * Multi-head self-attention (`Wav2Vec2Attention`; Vaswani et al., 2017).
 *
 * @param x [clips, frames, hidden].
 * @param name Prefix of its parameters, without the last dot.
 * @param bias Added to the scores, [clips, 1, 1, frames]: 0, or hugely negative for padded frames.
 */
export function attention(
  x: tf.Tensor3D,
  weights: Weights,
  name: string,
  config: ModelConfig,
  bias: tf.Tensor4D | undefined,
  drawing: Drawing | undefined,
): tf.Tensor3D {
  const [clips, frames, hidden] = x.shape;
  const heads = config.num_attention_heads;
  const size = hidden / heads;
  const split = (states: tf.Tensor3D): tf.Tensor4D =>
    tf.transpose(tf.reshape(states, [clips, frames, heads, size]), [0, 2, 1, 3]);
  const query = split(tf.mul(linear(x, weights, `${name}.q_proj`), size ** -0.5));
  const key = split(linear(x, weights, `${name}.k_proj`));
  const value = split(linear(x, weights, `${name}.v_proj`));
  const scores: tf.Tensor4D = tf.matMul(query, key, false, true);
  const probabilities = tf.softmax(bias === undefined ? scores : tf.add(scores, bias));
  const context = tf.matMul(dropout(probabilities, config.attention_dropout, drawing), value);
  const joined: tf.Tensor3D = tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [clips, frames, hidden]);
  return linear(joined, weights, `${name}.out_proj`);
}
