import * as tf from '../../../engine/tf.js';
import { attend, splitHeads } from '../attention.js';
import type { ModelConfig } from '../config.js';
import { linear, type Weights, weight } from '../layers.js';
import { basePrefix } from '../parameter-names.js';
import type { RandomDraws } from '../random-draws.js';
import { INVERSE_FREQUENCIES, inverseFrequencies } from './parameters.js';

/** How attention sees positions, the same in all layers. */
interface ConformerPositions {
  /**
   * 1 where a distance, from frames − 1 down to 1 − frames, has an embedding, [2 · frames − 1, embeddings].
   */
  embedded?: tf.Tensor2D;
  /** Sines and cosines of the distances from frames − 1 down to 1 − frames, [2 · frames − 1, hidden]. */
  relative?: tf.Tensor2D;
  /** By how much each pair of numbers of a frame is turned, [1, frames, 1, hidden / heads]. */
  rotary?: { cos: tf.Tensor4D; sin: tf.Tensor4D };
}

/** Computes what all layers share. */
export function conformerPositions(
  weights: Weights,
  config: ModelConfig,
  frames: number,
): ConformerPositions {
  switch (config.position_embeddings_type) {
    case 'relative':
      return { relative: sinusoids(frames, config.hidden_size) };
    case 'relative_key':
      return { embedded: clampedDistances(frames, config) };
    case 'rotary': {
      const frequencies =
        weights[basePrefix(config) + INVERSE_FREQUENCIES] ?? tf.tensor1d(inverseFrequencies(config));
      const half = tf.mul(tf.reshape(tf.range(0, frames), [frames, 1]), frequencies);
      const angles = tf.reshape(tf.concat([half, half], 1), [1, frames, 1, -1]) as tf.Tensor4D;
      return { rotary: { cos: tf.cos(angles), sin: tf.sin(angles) } };
    }
    case 'none':
      return {};
  }
}

/**
 * `Wav2Vec2ConformerSelfAttention`: with relative positions as in Transformer-XL (Dai et al., 2019, section
 * 3.3), with embedded distances (Shaw et al., 2018), with rotary positions (Su et al., 2021) of what queries
 * and keys are made from, or with none.
 *
 * @param x [clips, frames, hidden].
 * @param name Prefix of its parameters, without the last dot.
 * @param mask As in `AddedScores`.
 */
export function conformerAttention(
  x: tf.Tensor3D,
  weights: Weights,
  name: string,
  config: ModelConfig,
  { relative, embedded, rotary }: ConformerPositions,
  mask: tf.Tensor4D | undefined,
  draws: RandomDraws | undefined,
): tf.Tensor3D {
  const { num_attention_heads: heads } = config;
  const scale = (x.shape[2] / heads) ** -0.5;
  const project = (states: tf.Tensor3D, part: string) =>
    linear(states, weights, `${name}.linear_${part}`, config, draws);
  const turned = rotary === undefined ? x : turn(x, heads, rotary);
  const query = splitHeads(tf.mul(project(turned, 'q'), scale), heads);
  const key = splitHeads(project(turned, 'k'), heads);
  const value = splitHeads(project(x, 'v'), heads);
  const biased = (bias: string): tf.Tensor4D => {
    const own = weight<tf.Tensor2D>(weights, `${name}.pos_bias_${bias}`);
    return tf.add(query, tf.mul(tf.reshape(own, [1, heads, 1, -1]), scale));
  };
  let scores: tf.Tensor4D;
  if (relative === undefined) {
    scores = tf.matMul(query, key, false, true);
    if (embedded !== undefined) {
      const embeddings = weight<tf.Tensor2D>(weights, `${name}.distance_embedding.weight`);
      const [clips, , frames, size] = query.shape;
      const distances = tf.matMul(embedded, embeddings);
      const byDistance = tf.matMul(tf.reshape(query, [-1, size]), distances, false, true);
      scores = tf.add(scores, shifted(tf.reshape(byDistance, [clips, heads, frames, -1])));
    }
  } else {
    const distances = splitHeads(project(tf.expandDims(relative, 0), 'pos'), heads);
    const byDistance: tf.Tensor4D = tf.matMul(biased('v'), distances, false, true);
    scores = tf.add(tf.matMul(biased('u'), key, false, true), shifted(byDistance));
  }
  return linear(attend(scores, value, mask, config, draws), weights, `${name}.linear_out`, config, draws);
}

/** Scores by distance, [clips, heads, frames, 2 · frames − 1], as those of pairs of frames. */
function shifted(scores: tf.Tensor4D): tf.Tensor4D {
  const [clips, heads, frames, distances] = scores.shape;
  // Each row begins one distance before the one above it: with one more number in each, they all lie one
  // behind the other.
  const padded = tf.pad(scores, [
    [0, 0],
    [0, 0],
    [0, 0],
    [1, 0],
  ]);
  const flat = tf.reshape(padded, [clips, heads, frames * (distances + 1)]);
  const moved = tf.slice(flat, [0, 0, frames], [clips, heads, frames * distances]);
  const rows: tf.Tensor4D = tf.reshape(moved, [clips, heads, frames, distances]);
  return tf.slice(rows, [0, 0, 0, 0], [clips, heads, frames, frames]);
}

/** Turns each pair of a number of the first half of a head and one of the second half. */
function turn(
  x: tf.Tensor3D,
  heads: number,
  { cos, sin }: NonNullable<ConformerPositions['rotary']>,
): tf.Tensor3D {
  const [clips, frames, hidden] = x.shape;
  const byHead: tf.Tensor4D = tf.reshape(x, [clips, frames, heads, hidden / heads]);
  const [first, second] = tf.split(byHead, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
  const across: tf.Tensor4D = tf.concat([tf.neg(second), first], 3);
  return tf.reshape(tf.add(tf.mul(byHead, cos), tf.mul(across, sin)), [clips, frames, hidden]);
}

/**
 * Distances of a frame from one that sees it; far ones have the embedding of the farthest that has its own.
 */
function clampedDistances(
  frames: number,
  { left_max_position_embeddings: left, right_max_position_embeddings: right }: ModelConfig,
): tf.Tensor2D {
  const shape: [number, number] = [2 * frames - 1, left + right + 1];
  const places = new Float32Array(shape[0] * shape[1]);
  for (let index = 0; index < shape[0]; index += 1) {
    const distance = Math.min(Math.max(index - (frames - 1), -left), right);
    places[index * shape[1] + distance + left] = 1;
  }
  return tf.tensor2d(places, shape);
}

function sinusoids(frames: number, hidden: number): tf.Tensor2D {
  const { fround } = Math;
  const distances = 2 * frames - 1;
  const table = new Float32Array(distances * hidden);
  for (let pair = 0; pair < hidden; pair += 2) {
    // In 32 bits, as there: far distances make large angles.
    const frequency = fround(Math.exp(fround(pair * fround(-Math.log(10_000) / hidden))));
    for (let index = 0; index < distances; index += 1) {
      const angle = fround((frames - 1 - index) * frequency);
      table[index * hidden + pair] = Math.sin(angle);
      if (pair + 1 < hidden) table[index * hidden + pair + 1] = Math.cos(angle);
    }
  }
  return tf.tensor2d(table, [distances, hidden]);
}
