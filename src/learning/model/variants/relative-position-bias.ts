import * as ops from '../../../engine/ops.js';
import * as tf from '../../../engine/tf.js';
import type { ModelConfig } from '../config.js';
import { type Weights, weight } from '../layers.js';
import { basePrefix } from '../parameter-names.js';
import type { AttentionVariant } from './types.js';

/**
 * WavLM's gated relative position bias (`WavLMAttention`): the first layer has a bias for each head and each
 * bucket of distances; all layers add it to their scores, scaled for each query by a factor that is computed
 * from the query's frame.
 */
export const relativePositionBias: AttentionVariant = {
  scores(weights, config, frames) {
    const bias = positionBias(weights, config, frames);
    return (x, name) => tf.mul(gate(x, weights, name, config.num_attention_heads), bias);
  },
};

/** A factor for each query, [clips, heads, frames, 1]. */
function gate(x: tf.Tensor3D, weights: Weights, name: string, heads: number): tf.Tensor4D {
  const [clips, frames, hidden] = x.shape;
  const size = hidden / heads;
  // The sum of four outputs is the output of the sum of their weights.
  const matrix = tf.sum(tf.reshape(weight(weights, `${name}.gru_rel_pos_linear.weight`), [2, 4, size]), 1);
  const bias = tf.sum(tf.reshape(weight(weights, `${name}.gru_rel_pos_linear.bias`), [2, 4]), 1);
  const projected = ops.linear(tf.reshape(x, [-1, size]), matrix as tf.Tensor2D, bias as tf.Tensor1D);
  const gates = tf.reshape(tf.sigmoid(projected), [clips, frames, heads, 2]);
  const [a, b] = tf.split(tf.transpose(gates, [0, 2, 1, 3]), 2, 3) as [tf.Tensor4D, tf.Tensor4D];
  const scale = weight<tf.Tensor4D>(weights, `${name}.gru_rel_pos_const`);
  return tf.add(tf.mul(a, tf.sub(tf.mul(b, scale), 1)), 2);
}

/**
 * The bias of each pair of frames before the gates, [1, heads, frames, frames]. Each row is the one above it,
 * shifted by one: all are slices of the biases by distance.
 */
function positionBias(weights: Weights, config: ModelConfig, frames: number): tf.Tensor4D {
  const { num_buckets: buckets, num_attention_heads: heads } = config;
  const distances = 2 * frames;
  const places = new Float32Array(distances * buckets);
  // One more than there are, which no pair has: consecutive rows are then shifted by one.
  for (let index = 0; index < distances; index += 1)
    places[index * buckets + distanceBucket(index - frames + 1, config)] = 1;
  const embedding = weight<tf.Tensor2D>(
    weights,
    `${basePrefix(config)}encoder.layers.0.attention.rel_attn_embed.weight`,
  );
  const biases = tf.matMul(embedding, tf.tensor2d(places, [distances, buckets]), true, true);
  const repeated = tf.add(tf.reshape(biases, [heads, 1, distances]), tf.zeros([1, frames, 1]));
  const shifted = tf.slice(tf.reshape(repeated, [heads, -1]), [0, 0], [heads, frames * (distances - 1)]);
  const rows = tf.reshape(shifted, [heads, frames, distances - 1]);
  return tf.reshape(tf.slice(rows, [0, 0, frames - 1], [heads, frames, frames]), [1, heads, frames, frames]);
}

/**
 * The bucket of a distance, as in T5 (Raffel et al., 2020): half of the buckets are for later frames; within
 * each half, half are for short distances, one each, and the rest grow wider and wider.
 *
 * @param distance Position of the key's frame minus that of the query's.
 */
export function distanceBucket(
  distance: number,
  { num_buckets, max_bucket_distance }: Readonly<Pick<ModelConfig, 'num_buckets' | 'max_bucket_distance'>>,
): number {
  const half = Math.floor(num_buckets / 2);
  const first = distance > 0 ? half : 0;
  const far = Math.abs(distance);
  const exact = Math.floor(half / 2);
  if (far < exact) return first + far;
  // In 32 bits, as in PyTorch: rounding decides the distances between two buckets.
  const { fround, log } = Math;
  const share = fround(fround(log(fround(far / exact))) / fround(log(max_bucket_distance / exact)));
  return first + Math.min(Math.trunc(fround(exact + fround(share * (half - exact)))), half - 1);
}
