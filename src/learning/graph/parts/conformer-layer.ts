import type { ModelConfig } from '../../model/config.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import { binary, convolutionInTime, halves, scaled, transpose } from '../operations.js';
import { conformerAttention, conformerPositions } from './conformer-attention.js';
import { feedForward, type Layer } from './encoder-layer.js';
import { activate, layerNorm, weighted } from './layers.js';
import { samePads } from './positions.js';

/** Of the Conformer's normalisations, which `layer_norm_eps` does not reach. */
const EPSILON = 1e-5;

/** The normalisation after the convolution in time, channels first to channels last. */
type Normalised = (x: Value, name: string) => Value;

/** The Conformer's layers, with batch normalisation by running statistics. */
export function conformerLayers(g: GraphBuilder, config: ModelConfig, states: Value): Layer {
  const normalised: Normalised = (x, name) =>
    g.within(`${name}.batch_norm`, () => {
      const parts = ['weight', 'bias', 'running_mean', 'running_var'];
      const statistics = parts.map((part) => g.weight(`${name}.batch_norm.${part}`));
      const attributes = { epsilon: { float: EPSILON } };
      return transpose(g, g.node('BatchNormalization', [x, ...statistics], { attributes }), [0, 2, 1]);
    });
  const pads = samePads(config.conv_depthwise_kernel_size);
  return layer(g, config, states, { normalised, pads, epsilon: EPSILON });
}

/** Those of Wav2Vec2-BERT, whose convolution only sees earlier frames. */
export function bertLayers(g: GraphBuilder, config: ModelConfig, states: Value): Layer {
  const epsilon = config.layer_norm_eps;
  const normalised: Normalised = (x, name) => {
    const last = g.within(name, () => transpose(g, x, [0, 2, 1]));
    return layerNorm(g, last, `${name}.depthwise_layer_norm`, epsilon);
  };
  return layer(g, config, states, { normalised, pads: [config.conv_depthwise_kernel_size - 1, 0], epsilon });
}

interface Kind {
  normalised: Normalised;
  pads: readonly [before: number, after: number];
  epsilon: number;
}

function layer(
  g: GraphBuilder,
  config: ModelConfig,
  entering: Value,
  { normalised, pads, epsilon }: Kind,
): Layer {
  const positions = conformerPositions(g, entering, config);
  const { hidden_size: group, hidden_act } = config;

  /** `Wav2Vec2ConformerConvolutionModule`: a gated linear unit before the convolution. */
  const convolve = (x: Value, name: string): Value => {
    const wide = pointwise(g, layerNorm(g, x, `${name}.layer_norm`, epsilon), `${name}.pointwise_conv1`);
    const moved = g.within(`${name}.depthwise_conv`, () => {
      const [value, gate] = halves(g, wide, 2);
      const gated = binary(g, 'Mul', value, g.node('Sigmoid', [gate]));
      const kernel = g.weight(`${name}.depthwise_conv.weight`);
      return convolutionInTime(g, [transpose(g, gated, [0, 2, 1]), kernel], { pads, group });
    });
    const normal = normalised(moved, name);
    return pointwise(
      g,
      g.within(`${name}.activation`, () => activate(g, normal, hidden_act)),
      `${name}.pointwise_conv2`,
    );
  };

  return (x, name, { mask }) => {
    const normalise = (states: Value, part: string) =>
      layerNorm(g, states, `${name}.${part}_layer_norm`, epsilon);
    const add = (one: Value, other: Value) => g.within(name, () => binary(g, 'Add', one, other));
    const half = (states: Value, part: string): Value => {
      const names = [`${name}.${part}.intermediate_dense`, `${name}.${part}.output_dense`] as const;
      const fed = feedForward(g, normalise(states, part), names, config);
      return add(
        g.within(name, () => scaled(g, fed, 0.5)),
        states,
      );
    };
    const fed = half(x, 'ffn1');
    const seen = normalise(fed, 'self_attn');
    const attended = add(conformerAttention(g, seen, `${name}.self_attn`, config, { positions, mask }), fed);
    const convolved = add(attended, convolve(attended, `${name}.conv_module`));
    return normalise(half(convolved, 'ffn2'), 'final');
  };
}

/** A convolution of one tap, without bias. */
function pointwise(g: GraphBuilder, x: Value, name: string): Value {
  return g.within(name, () => weighted(g, x, `${name}.weight`, { isLayer: true }));
}
