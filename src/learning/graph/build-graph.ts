import { EtudeError } from '../../util/errors.js';
import type { ModelConfig } from '../model/config.js';
import { namesOf, projectionNames } from '../model/families/index.js';
import type { Model } from '../model/model.js';
import { basePrefix, layerPrefix } from '../model/parameter-names.js';
import { GraphBuilder, type Target } from './graph-builder.js';
import type { OnnxGraph, Port, Value } from './onnx-graph.js';
import { binary, sizeOf, slice } from './operations.js';
import { encoderLayer } from './parts/encoder-layer.js';
import { frameMask, scoreBias, validFrames } from './parts/frames.js';
import { layerNorm, linear } from './parts/layers.js';
import { groupsWith, upsampled } from './parts/upsampling.js';
import { EXPORTED, type ExportedParts, partsOf } from './parts-of-families.js';

export interface GraphOptions {
  /** The name of the input: that of the feature extractor's result. */
  input: 'input_values' | 'input_features';
  /**
   * Whether there is an input `attention_mask`, or, instead, `frames`: the valid ones of each clip, [clips].
   */
  masked: boolean | 'frames';
  /** Default: a file. */
  target?: Target;
}

/**
 * A classifier as an ONNX graph, from what its feature extractor makes to `logits`, for any number of clips
 * and, where the model takes such, of any length. Computes what `classify` computes.
 *
 * @throws EtudeError for a family that cannot be exported.
 */
export function buildGraph(model: Model, { input, masked, target }: GraphOptions): OnnxGraph {
  const { config, labels, weights } = model;
  const parts = partsOf(config);
  if (parts === undefined) {
    throw new EtudeError(`models of type '${config.model_type}' cannot be exported`, {
      expected: `one of ${EXPORTED.join(', ')}`,
    });
  }
  const g = new GraphBuilder(weights, target);
  const inputs: Port[] = [{ name: input, type: 'float32', shape: inputShape(config) }];
  let frames: Value | undefined;
  if (masked === 'frames') {
    const valid: Port = { name: 'frames', type: 'int64', shape: ['batch'] };
    inputs.push(valid);
    frames = valid;
  } else if (masked) {
    const length = config.row_size === undefined ? 'samples' : 'frames';
    const mask: Port = { name: 'attention_mask', type: 'int64', shape: ['batch', length] };
    inputs.push(mask);
    frames = validFrames(g, mask, config);
  }
  const logits = headOf(g, config, parts, encode(g, inputs[0]!, frames, config, parts));
  const named = g.node('Identity', [logits]);
  const output: Port = { ...named, shape: ['batch', labels.length] };
  return renamed(g.finish(inputs, [output]), output.name, 'logits');
}

function inputShape({ spectrogram, row_size }: ModelConfig): (number | string)[] {
  if (spectrogram !== undefined) return ['batch', ...spectrogram.shape];
  return row_size === undefined ? ['batch', 'samples'] : ['batch', 'frames', row_size];
}

interface Encoded {
  last: Value;
  /** The input of each layer, then the last one's output. */
  hidden: readonly Value[];
  /** Valid frames, [clips]. */
  frames?: Value;
}

function encode(
  g: GraphBuilder,
  inputs: Value,
  frames: Value | undefined,
  config: ModelConfig,
  parts: ExportedParts,
): Encoded {
  const prefix = basePrefix(config);
  const features = parts.features(g, inputs, config);
  const { norm, linear: projection } = projectionNames(config);
  let x = config.feat_proj_layer_norm
    ? layerNorm(g, features, prefix + norm, config.layer_norm_eps)
    : features;
  if (projection !== undefined) x = linear(g, x, prefix + projection);
  if (frames !== undefined) {
    const valid = frames;
    x = g.within('attention_mask', () => binary(g, 'Mul', x, frameMask(g, valid, x)));
  }
  x = parts.positions(g, x, config);
  if (!config.do_stable_layer_norm) x = finish(g, x, config);

  const attended = frames && g.within('attention_mask', () => groupsWith(g, frames, config));
  const added = {
    mask: attended && g.within('attention_mask', () => scoreBias(g, attended, x)),
    positions: parts.attention?.(g, x, config),
  };
  const layer = (parts.layer ?? encoderLayer)(g, config, x);
  const hidden = [x];
  for (let index = 0; index < config.num_hidden_layers; index += 1)
    hidden.push(layer(hidden.at(-1)!, layerPrefix(config, index).slice(0, -1), added));
  let last = hidden.at(-1)!;
  if (config.do_stable_layer_norm) {
    last = finish(g, last, config);
    if (config.tie_last_hidden_states) hidden[hidden.length - 1] = last;
  }
  if (!parts.isSqueezed || config.use_weighted_layer_sum) return { last, hidden, frames };
  const all = g.within(`${prefix}encoder.upsample`, () => sizeOf(g, features, 1));
  return { last: upsampled(g, last, all, config), hidden, frames };
}

function finish(g: GraphBuilder, x: Value, config: ModelConfig): Value {
  const { norm } = namesOf(config);
  return norm === undefined ? x : layerNorm(g, x, basePrefix(config) + norm, config.layer_norm_eps);
}

/** Logits, [clips, labels]. What is computed once per clip is never quantised. */
function headOf(
  g: GraphBuilder,
  config: ModelConfig,
  { tokens }: ExportedParts,
  { last, hidden, frames }: Encoded,
): Value {
  const mean = (x: Value) => g.node('ReduceMean', [x, g.integers([1])], { attributes: { keepdims: 0 } });
  if (tokens !== undefined) {
    const pooled = g.within('classifier', () => mean(slice(g, last, 1, [0, tokens])));
    const normalised = layerNorm(g, pooled, 'classifier.layernorm', config.layer_norm_eps);
    return linear(g, normalised, 'classifier.dense', { isExact: true });
  }
  const states = config.use_weighted_layer_sum ? weightedSum(g, hidden) : last;
  const projected = linear(g, states, 'projector');
  const pooled = g.within('pooling', () => {
    if (frames === undefined) return mean(projected);
    const mask = frameMask(g, frames, projected);
    const sum = (x: Value) => g.node('ReduceSum', [x, g.integers([1])], { attributes: { keepdims: 0 } });
    return binary(g, 'Div', sum(binary(g, 'Mul', projected, mask)), sum(mask));
  });
  return linear(g, pooled, 'classifier', { isExact: true });
}

/** Sum of the layers' hidden states, weighted by softmax(layer_weights). */
function weightedSum(g: GraphBuilder, hidden: readonly Value[]): Value {
  return g.within('layer_weights', () => {
    const shares = g.node('Softmax', [g.weight('layer_weights')], { attributes: { axis: -1 } });
    const weighted = hidden.map((states, layer) =>
      binary(g, 'Mul', states, slice(g, shares, 0, [layer, layer + 1])),
    );
    return weighted.reduce((sum, states) => binary(g, 'Add', sum, states));
  });
}

/** The graph with another name for one of its values. */
function renamed(graph: OnnxGraph, from: string, to: string): OnnxGraph {
  const rename = <V extends Value>(value: V): V => (value.name === from ? { ...value, name: to } : value);
  return {
    ...graph,
    outputs: graph.outputs.map(rename),
    nodes: graph.nodes.map((node) => ({ ...node, outputs: node.outputs.map(rename) })),
  };
}
