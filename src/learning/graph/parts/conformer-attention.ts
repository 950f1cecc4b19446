import type { ModelConfig } from '../../model/config.js';
import { basePrefix } from '../../model/parameter-names.js';
import { INVERSE_FREQUENCIES, inverseFrequencies } from '../../model/variants/parameters.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import {
  binary,
  concat,
  halves,
  rangeTo,
  reshape,
  scaled,
  sizeOf,
  slice,
  toFloat,
  transpose,
  unsqueeze,
} from '../operations.js';
import { attend, byHead, headSize, splitHeads, transposedKey } from './attention.js';
import { linear } from './layers.js';

/** How attention sees positions, the same in all layers. */
export interface ConformerPositions {
  /** The number of frames, a list of one integer. */
  frames: Value;
  /** For each distance from 1 − frames to frames − 1, the number of its embedding, [2 · frames − 1]. */
  embedded?: Value;
  /** Sines and cosines of the distances from frames − 1 down to 1 − frames, [1, 2 · frames − 1, hidden]. */
  relative?: Value;
  /** By how much each pair of numbers of a frame is turned, [1, frames, 1, hidden / heads]. */
  rotary?: { cos: Value; sin: Value };
}

/** Computes what all layers share. */
export function conformerPositions(g: GraphBuilder, states: Value, config: ModelConfig): ConformerPositions {
  return g.within(`${basePrefix(config)}encoder.embed_positions`, () => {
    const frames = sizeOf(g, states, 1);
    switch (config.position_embeddings_type) {
      case 'none':
        return { frames };
      case 'rotary':
        return { frames, rotary: rotary(g, frames, config) };
      case 'relative':
        return { frames, relative: sinusoids(g, frames, config) };
      case 'relative_key': {
        const { left_max_position_embeddings: left, right_max_position_embeddings: right } = config;
        const clamped = g.node('Clip', [distancesUp(g, frames), g.integer(-left), g.integer(right)]);
        return { frames, embedded: binary(g, 'Add', clamped, g.integer(left)) };
      }
    }
  });
}

/** From 1 − frames to frames − 1. */
function distancesUp(g: GraphBuilder, frames: Value): Value {
  const last = binary(g, 'Sub', frames, g.integers([1]));
  const count = binary(g, 'Add', frames, last);
  return binary(g, 'Sub', rangeTo(g, count), last);
}

function sinusoids(g: GraphBuilder, frames: Value, { hidden_size: hidden }: ModelConfig): Value {
  const { fround } = Math;
  // In 32 bits, as in transformers: far distances make large angles.
  const frequencies = Float32Array.from({ length: hidden / 2 }, (_, pair) =>
    Math.exp(fround(2 * pair * fround(-Math.log(10_000) / hidden))),
  );
  const down = g.node('Neg', [toFloat(g, distancesUp(g, frames))]);
  const stored = g.stored('distance_frequencies', [1, hidden / 2], frequencies);
  const angles = binary(g, 'Mul', unsqueeze(g, down, [1]), stored);
  const pairs = [g.node('Sin', [angles]), g.node('Cos', [angles])].map((each) => unsqueeze(g, each, [2]));
  return unsqueeze(g, reshape(g, concat(g, pairs, 2), [0, hidden]), [0]);
}

function rotary(g: GraphBuilder, frames: Value, config: ModelConfig): { cos: Value; sin: Value } {
  const name = basePrefix(config) + INVERSE_FREQUENCIES;
  const values = g.has(name) ? g.read(name).data : Float32Array.from(inverseFrequencies(config));
  const frequencies = g.stored(name, [1, values.length], values as Float32Array);
  const half = binary(g, 'Mul', unsqueeze(g, toFloat(g, rangeTo(g, frames)), [1]), frequencies);
  const angles = unsqueeze(g, concat(g, [half, half], 1), [0, 2]);
  return { cos: g.node('Cos', [angles]), sin: g.node('Sin', [angles]) };
}

/** `Wav2Vec2ConformerSelfAttention`, [clips, frames, hidden] to the same. */
export function conformerAttention(
  g: GraphBuilder,
  x: Value,
  name: string,
  config: ModelConfig,
  { positions, mask }: { positions: ConformerPositions; mask: Value | undefined },
): Value {
  const { frames, relative, embedded, rotary: turns } = positions;
  const { num_attention_heads: heads } = config;
  const scale = headSize(config) ** -0.5;
  const project = (states: Value, part: string) => linear(g, states, `${name}.linear_${part}`);
  const turned = turns === undefined ? x : g.within(name, () => turn(g, x, config, turns));
  const query = g.within(name, () => splitHeads(g, scaled(g, project(turned, 'q'), scale), config));
  const key = transposedKey(g, project(turned, 'k'), name, config);
  const value = g.within(name, () => splitHeads(g, project(x, 'v'), config));
  const product = (one: Value, other: Value) => g.node('MatMul', [one, other]);
  const distances = relative && transposedKey(g, project(relative, 'pos'), name, config);
  const scores = g.within(name, () => {
    if (distances !== undefined) {
      const biased = (bias: string) =>
        binary(
          g,
          'Add',
          query,
          scaled(g, g.weight(`${name}.pos_bias_${bias}`, [1, heads, 1, headSize(config)]), scale),
        );
      const byDistance = shifted(g, product(biased('v'), distances), frames);
      return binary(g, 'Add', product(biased('u'), key), byDistance);
    }
    const plain = product(query, key);
    if (embedded === undefined) return plain;
    const embeddings = g.node('Gather', [g.weight(`${name}.distance_embedding.weight`), embedded]);
    const byDistance = product(query, transpose(g, embeddings, [1, 0]));
    return binary(g, 'Add', plain, shifted(g, byDistance, frames));
  });
  return linear(g, attend(g, name, { scores, value, mask }, config), `${name}.linear_out`);
}

/** Scores by distance, [clips, heads, frames, 2 · frames − 1], as those of pairs of frames. */
function shifted(g: GraphBuilder, scores: Value, frames: Value): Value {
  // Each row begins one distance before the one above it: with one more number in each, they all lie one
  // behind the other.
  const padded = g.node('Pad', [scores, g.integers([0, 0, 0, 1, 0, 0, 0, 0]), g.number(0)]);
  const moved = slice(g, reshape(g, padded, [0, 0, -1]), 2, [frames, Number.MAX_SAFE_INTEGER]);
  const rows = reshape(g, moved, concat(g, [g.integers([0, 0]), frames, g.integers([-1])], 0));
  return slice(g, rows, 3, [0, frames]);
}

/** Turns each pair of a number of the first half of a head and one of the second half. */
function turn(
  g: GraphBuilder,
  x: Value,
  config: ModelConfig,
  { cos, sin }: { cos: Value; sin: Value },
): Value {
  const heads = byHead(g, x, config);
  const [first, second] = halves(g, heads, 3);
  const across = concat(g, [g.node('Neg', [second]), first], 3);
  const both = binary(g, 'Add', binary(g, 'Mul', heads, cos), binary(g, 'Mul', across, sin));
  return reshape(g, both, [0, 0, config.hidden_size]);
}
