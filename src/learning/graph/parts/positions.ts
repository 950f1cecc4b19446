import type { ModelConfig } from '../../model/config.js';
import { basePrefix } from '../../model/parameter-names.js';
import {
  AST_POSITIONS,
  AST_TOKENS,
  convStackNames,
  POSITION_CONV,
  POSITION_WEIGHT,
} from '../../model/variants/parameters.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import { binary, concat, convolutionInTime, sizeOf, slice, transpose } from '../operations.js';
import { activate } from './layers.js';

/** Adds positions to the states that enter the first layer, [clips, frames, hidden]. */
export type Positions = (g: GraphBuilder, x: Value, config: ModelConfig) => Value;

/** `Wav2Vec2PositionalConvEmbedding`: one grouped convolution, and the activation. */
export const positionalConv: Positions = (g, x, config) => {
  const name = basePrefix(config) + POSITION_CONV;
  return g.within(name, () => binary(g, 'Add', x, transpose(g, convolved(g, x, config), [0, 2, 1])));
};

/** SEW's: of groups of frames, the mean of their states, and the position of the first frame. */
export const squeezedPositions: Positions = (g, x, config) => {
  const { squeeze_factor: size } = config;
  const name = basePrefix(config) + POSITION_CONV;
  return g.within(name, () => {
    const first = transpose(g, convolved(g, x, config), [0, 2, 1]);
    const attributes = { kernel_shape: [size], strides: [size] };
    const pooled = g.node('AveragePool', [transpose(g, x, [0, 2, 1])], { attributes });
    const means = transpose(g, pooled, [0, 2, 1]);
    // Frames at the end that make no whole group are left out.
    return binary(g, 'Add', means, slice(g, first, 1, [0, sizeOf(g, means, 1)]));
  });
};

/** Data2Vec's stack of convolutions, each with normalisation without parameters, and activation. */
export const positionalConvStack: Positions = (g, x, config) => {
  const { hidden_size: hidden, num_conv_pos_embedding_groups: group } = config;
  const prefix = basePrefix(config);
  const ones = g.stored('ones', [hidden], new Float32Array(hidden).fill(1));
  const zeros = g.stored('zeros', [hidden], new Float32Array(hidden));
  const positions = convStackNames(config).reduce(
    (states, part) =>
      g.within(prefix + part, () => {
        const kernel = g.weight(`${prefix}${part}.weight`);
        const bias = g.weight(`${prefix}${part}.bias`);
        const pads = samePads(config.conv_pos_kernel_size);
        const first = transpose(g, states, [0, 2, 1]);
        const moved = transpose(g, convolutionInTime(g, [first, kernel, bias], { pads, group }), [0, 2, 1]);
        const attributes = { axis: -1, epsilon: { float: 1e-5 } };
        const normalised = g.node('LayerNormalization', [moved, ones, zeros], { attributes });
        return activate(g, normalised, config.feat_extract_activation);
      }),
    x,
  );
  return g.within(`${prefix}encoder.pos_conv_embed`, () => binary(g, 'Add', x, positions));
};

/** AST's two tokens before the squares, and a learned position for each. */
export const astPositions: Positions = (g, x, config) => {
  const prefix = basePrefix(config);
  return g.within(`${prefix}embeddings`, () => {
    const shape = concat(g, [sizeOf(g, x, 0), g.integers([1, config.hidden_size])], 0);
    const tokens = AST_TOKENS.map((name) => g.node('Expand', [g.weight(prefix + name), shape]));
    return binary(g, 'Add', concat(g, [...tokens, x], 1), g.weight(prefix + AST_POSITIONS));
  });
};

/** Whisper's sines and cosines, as they are in the checkpoint. */
export const whisperPositions: Positions = (g, x, config) => {
  const name = `${basePrefix(config)}embed_positions`;
  return g.within(name, () => binary(g, 'Add', x, g.weight(`${name}.weight`)));
};

/** Where the layers see positions. */
export const noPositions: Positions = (_, x) => x;

/** The position embedding itself, channels first; of SEW, of the first frame of each group. */
function convolved(g: GraphBuilder, x: Value, config: ModelConfig): Value {
  const name = basePrefix(config) + POSITION_CONV;
  const { num_conv_pos_embeddings, num_conv_pos_embedding_groups: group, squeeze_factor } = config;
  const kernel = normalisedKernel(g, config);
  const strides = [squeeze_factor];
  const pads = samePads(num_conv_pos_embeddings);
  const first = transpose(g, x, [0, 2, 1]);
  const moved = convolutionInTime(g, [first, kernel, g.weight(`${name}.bias`)], { strides, pads, group });
  return activate(g, moved, config.feat_extract_activation);
}

/** Weight normalisation over all axes but time, g · v / ‖v‖: the kernel is stored as it is used. */
function normalisedKernel(g: GraphBuilder, config: ModelConfig): Value {
  const name = basePrefix(config) + POSITION_WEIGHT;
  const { data: gain } = g.read(`${name}.original0`);
  const { data: direction, shape } = g.read(`${name}.original1`);
  const taps = shape[2]!;
  const squares = new Float64Array(taps);
  // Loops: `from` would hold all numbers once more, as objects.
  for (let index = 0; index < direction.length; index += 1) squares[index % taps]! += direction[index]! ** 2;
  const norms = squares.map(Math.sqrt);
  const kernel = new Float32Array(direction.length);
  for (let index = 0; index < kernel.length; index += 1)
    kernel[index] = (direction[index]! * gain[index % taps]!) / norms[index % taps]!;
  return g.stored(`${basePrefix(config)}${POSITION_CONV}.weight`, shape, kernel);
}

/** Padding with which a convolution gives as many frames as it takes. */
export function samePads(size: number): [before: number, after: number] {
  const before = Math.floor(size / 2);
  return [before, size % 2 === 0 ? before - 1 : before];
}
