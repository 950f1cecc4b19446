import type { ModelConfig } from '../../model/config.js';
import { basePrefix } from '../../model/parameter-names.js';
import { distanceBucket } from '../../model/variants/relative-position-bias.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import { binary, halves, rangeTo, sizeOf, transpose, unsqueeze } from '../operations.js';
import { headSize, splitHeads } from './attention.js';

/**
 * WavLM's gated relative position bias: what attention adds to its scores.
 *
 * @param states What enters the first layer, [clips, frames, hidden].
 */
export function relativePositionBias(
  g: GraphBuilder,
  states: Value,
  config: ModelConfig,
): (x: Value, name: string) => Value {
  const bias = positionBias(g, states, config);
  return (x, name) => {
    const factor = gate(g, x, name, config);
    return g.within(name, () => binary(g, 'Mul', factor, bias));
  };
}

/** The bias of each pair of frames before the gates, [1, heads, frames, frames]. */
function positionBias(g: GraphBuilder, states: Value, config: ModelConfig): Value {
  const module = `${basePrefix(config)}encoder.layers.0.attention.rel_attn_embed`;
  return g.within(module, () => {
    // From there on, all distances are in the last bucket.
    const far = config.max_bucket_distance;
    const buckets = BigInt64Array.from({ length: 2 * far + 1 }, (_, index) =>
      BigInt(distanceBucket(index - far, config)),
    );
    const frames = rangeTo(g, sizeOf(g, states, 1));
    const distances = binary(g, 'Sub', unsqueeze(g, frames, [0]), unsqueeze(g, frames, [1]));
    const near = g.node('Clip', [distances, g.integer(-far), g.integer(far)]);
    const places = binary(g, 'Add', near, g.integer(far));
    const bucket = g.node('Gather', [g.stored(`${module}.buckets`, [buckets.length], buckets), places]);
    const biases = g.node('Gather', [g.weight(`${module}.weight`), bucket]);
    return unsqueeze(g, transpose(g, biases, [2, 0, 1]), [0]);
  });
}

/** A factor for each query, [clips, heads, frames, 1]. */
function gate(g: GraphBuilder, x: Value, name: string, config: ModelConfig): Value {
  const size = headSize(config);
  const linear = `${name}.gru_rel_pos_linear`;
  return g.within(linear, () => {
    // The sum of four outputs is the output of the sum of their weights.
    const { data: weight } = g.read(`${linear}.weight`);
    const { data: bias } = g.read(`${linear}.bias`);
    const matrix = new Float32Array(size * 2);
    const shift = new Float32Array(2);
    for (let output = 0; output < 8; output += 1) {
      const half = Math.floor(output / 4);
      shift[half]! += bias[output]!;
      for (let input = 0; input < size; input += 1)
        matrix[input * 2 + half]! += weight[output * size + input]!;
    }
    const heads = splitHeads(g, x, config);
    const product = g.node('MatMul', [heads, g.stored(`${linear}.weight`, [size, 2], matrix)]);
    const shifted = binary(g, 'Add', product, g.stored(`${linear}.bias`, [2], shift));
    const [a, b] = halves(g, g.node('Sigmoid', [shifted]), 3);
    const inner = binary(g, 'Sub', binary(g, 'Mul', b, g.weight(`${name}.gru_rel_pos_const`)), g.number(1));
    return binary(g, 'Add', binary(g, 'Mul', a, inner), g.number(2));
  });
}
