import type { ModelConfig } from '../../model/config.js';
import { basePrefix, convLayerName } from '../../model/parameter-names.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import { convolution, convolutionInTime, reshape, transpose, unsqueeze } from '../operations.js';
import { activate, layerNorm } from './layers.js';

/** Of `nn.LayerNorm` and `nn.GroupNorm` by default; `layer_norm_eps` does not reach this part. */
const EPSILON = 1e-5;

/** From what the feature extractor makes of clips to [clips, frames, channels]. */
export type FeatureEncoder = (g: GraphBuilder, inputs: Value, config: ModelConfig) => Value;

/** `Wav2Vec2FeatureEncoder`: convolutions in time, of samples [clips, samples]. */
export const convolutions: FeatureEncoder = (g, inputs, config) => {
  const { conv_stride, conv_bias, feat_extract_norm: norm, feat_extract_activation: activation } = config;
  let hidden = g.within(`${basePrefix(config)}feature_extractor`, () => unsqueeze(g, inputs, [1]));
  conv_stride.forEach((stride, index) => {
    const name = convLayerName(config, index);
    const isNormalised = norm === 'group' && index === 0;
    const kernel = g.weight(`${name}.conv.weight`);
    // Normalisation over time subtracts a bias again.
    const bias = conv_bias && !isNormalised ? g.weight(`${name}.conv.bias`) : undefined;
    const strides = [stride];
    hidden = g.within(`${name}.conv`, () => convolutionInTime(g, [hidden, kernel, bias], { strides }));
    if (isNormalised) hidden = instanceNorm(g, hidden, `${name}.layer_norm`);
    if (norm === 'layer') hidden = layerNormOverChannels(g, hidden, `${name}.layer_norm`);
    hidden = g.within(`${name}.activation`, () => activate(g, hidden, activation));
  });
  return g.within(`${basePrefix(config)}feature_extractor`, () => transpose(g, hidden, [0, 2, 1]));
};

/** `nn.GroupNorm` with one group per channel. */
function instanceNorm(g: GraphBuilder, x: Value, name: string): Value {
  const parameters = [g.weight(`${name}.weight`), g.weight(`${name}.bias`)];
  const attributes = { epsilon: { float: EPSILON } };
  return g.within(name, () => g.node('InstanceNormalization', [x, ...parameters], { attributes }));
}

function layerNormOverChannels(g: GraphBuilder, x: Value, name: string): Value {
  const last = g.within(name, () => transpose(g, x, [0, 2, 1]));
  const normalised = layerNorm(g, last, name, EPSILON);
  return g.within(name, () => transpose(g, normalised, [0, 2, 1]));
}

/** AST's squares of spectrograms [clips, frames, bins], those of the lowest frequencies first. */
export const patches: FeatureEncoder = (g, inputs, config) => {
  const { frequency_stride, time_stride } = config.spectrogram!.patches!;
  const name = `${basePrefix(config)}embeddings.patch_embeddings.projection`;
  return g.within(name, () => {
    const image = unsqueeze(g, transpose(g, inputs, [0, 2, 1]), [1]);
    const weights = [g.weight(`${name}.weight`), g.weight(`${name}.bias`)] as const;
    const squares = convolution(g, [image, ...weights], { strides: [frequency_stride, time_stride] });
    return transpose(g, reshape(g, squares, [0, config.hidden_size, -1]), [0, 2, 1]);
  });
};

/** Whisper's two convolutions, of spectrograms [clips, bins, frames]. */
export const whisperConvolutions: FeatureEncoder = (g, inputs, config) => {
  const convolve = (x: Value, part: string, stride: number) => {
    const name = basePrefix(config) + part;
    return g.within(name, () => {
      const weights = [g.weight(`${name}.weight`), g.weight(`${name}.bias`)] as const;
      return activate(g, convolutionInTime(g, [x, ...weights], { strides: [stride], pads: [1, 1] }), 'gelu');
    });
  };
  const second = convolve(convolve(inputs, 'conv1', 1), 'conv2', 2);
  return g.within(`${basePrefix(config)}conv2`, () => transpose(g, second, [0, 2, 1]));
};

/** Rows of numbers as they are, each a frame. */
export const rows: FeatureEncoder = (_, inputs) => inputs;
