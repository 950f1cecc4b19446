import { behindGate, gated } from '../../engine/ops.js';
import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import type { Kernels } from './conv-kernels.js';
import { encoderLayer } from './encoder-layer.js';
import { type EntryPoint, isBelow } from './entry-point.js';
import { familyOf, namesOf, projectionNames } from './families/index.js';
import { frameMask, scoreBias } from './frame-masks.js';
import { layerNorm, linear, type Weights } from './layers.js';
import { basePrefix, layerPrefix } from './parameter-names.js';
import { dropout, type RandomDraws } from './random-draws.js';
import { specAugment } from './spec-augment.js';
import { variantsOf } from './variants/index.js';
import { groupsInMean, groupsWith } from './variants/squeeze.js';
import type { Layer } from './variants/types.js';

/** Options of a forward pass. */
export interface ForwardOptions {
  /**
   * Valid frames per clip, if clips are padded and an attention mask is used; without it every frame counts.
   * The array itself goes into the graph: a graph that is run again sees its current values.
   */
  frames?: Float32Array;
  /**
   * If clips are padded further than their batch requires: one number, the samples that they would otherwise
   * have. Results are as if there were no more; `frames` must be given, too. As with `frames`, the array
   * itself goes into the graph.
   */
  length?: Float32Array;
  /** Present in training: draws dropout, SpecAugment and dropped layers. */
  draws?: RandomDraws;
  /** Everything below this entry is frozen: no random draws there. */
  frozen?: EntryPoint;
  /** Those of `kernelsOf`, if the weights are the same for many passes. */
  kernels?: Kernels;
}

/** Hidden states of the Transformer encoder. */
export interface Encoded {
  /** The output, [clips, frames, hidden]. */
  last: tf.Tensor3D;
  /**
   * `output_hidden_states` of transformers: the input of each layer, then the last one's output: with
   * `do_stable_layer_norm`, before the final layer normalisation as in transformers 5, or after it as in
   * transformers 4 if the configuration sets `tie_last_hidden_states`.
   */
  hidden: tf.Tensor3D[];
  /** 1 for valid frames, [clips, frames, 1]; absent if `frames` is. */
  mask?: tf.Tensor3D;
}

/**
 * `Wav2Vec2Model`, and those of the other families, after the feature encoder: feature projection,
 * SpecAugment, position embedding, Transformer layers. Parameters are looked up under `basePrefix(config)`.
 *
 * A layer that layerdrop skips is multiplied by 0, so that every step has the same graph; an engine need not
 * compute it (see `gated`). Its gradients are exactly 0, and `draws.droppedLayers` names it.
 *
 * @param features What `encodeFeatures` returns, [clips, frames, conv_dim.at(-1)].
 */
export function encode(
  weights: Weights,
  config: ModelConfig,
  features: tf.Tensor3D,
  options: ForwardOptions = {},
): Encoded {
  const entering = enterFirstLayer(weights, config, features, options);
  const encoded = encodeFrom(weights, config, entering, 0, options);
  const { upsampling } = variantsOf(config);
  if (upsampling === undefined) return encoded;
  const { frames, length: samples } = options;
  if (config.use_weighted_layer_sum) {
    const mask = frames && frameMask(groupsInMean(frames, config, samples), entering.shape[1]);
    return { ...encoded, mask };
  }
  const last = upsampling.restore(encoded.last, weights, config, features.shape[1], options);
  return { ...encoded, last, mask: maskOf(options, last) };
}

/** The same, starting from the hidden states that enter a layer; `hidden` begins with them. */
export function encodeFrom(
  weights: Weights,
  config: ModelConfig,
  states: tf.Tensor3D,
  layer: number,
  options: ForwardOptions = {},
): Encoded {
  const hidden = layers(weights, config, states, [layer, config.num_hidden_layers], options);
  let last = hidden.at(-1)!;
  if (config.do_stable_layer_norm) {
    last = finish(last, weights, config);
    if (config.tie_last_hidden_states) hidden[hidden.length - 1] = last;
  }
  return { last, hidden, mask: maskOf(options, states) };
}

/** The hidden states that enter a layer, from which `encodeFrom` continues. */
export function encodeTo(
  weights: Weights,
  config: ModelConfig,
  features: tf.Tensor3D,
  layer: number,
  options: ForwardOptions = {},
): tf.Tensor3D {
  const states = enterFirstLayer(weights, config, features, options);
  return layers(weights, config, states, [0, layer], options).at(-1)!;
}

function enterFirstLayer(
  weights: Weights,
  config: ModelConfig,
  features: tf.Tensor3D,
  options: ForwardOptions,
): tf.Tensor3D {
  const draws = isBelow(options.frozen, -1) ? undefined : options.draws;
  const [clips, length] = features.shape;
  const prefix = basePrefix(config);
  const { norm, linear: projection } = projectionNames(config);
  const normalised = config.feat_proj_layer_norm
    ? layerNorm(features, weights, prefix + norm, config.layer_norm_eps)
    : features;
  let x =
    projection === undefined ? normalised : linear(normalised, weights, prefix + projection, config, draws);
  x = dropout(x, config.feat_proj_dropout, draws);

  const frames = options.frames ?? new Float32Array(clips).fill(length);
  if (draws !== undefined) x = specAugment(x, weights, config, frames, draws, options.length);

  const mask = maskOf(options, x);
  if (mask !== undefined) x = tf.mul(x, mask);

  const { positions } = variantsOf(config);
  const kernels = options.kernels?.positions ?? positions.kernels(weights, config);
  x = positions.enter(x, weights, config, { kernels, samples: options.length });
  if (!config.do_stable_layer_norm) x = finish(x, weights, config);
  return dropout(x, config.hidden_dropout, draws);
}

/** The hidden states that enter layer `first`, and those that leave it and the others before layer `end`. */
function layers(
  weights: Weights,
  config: ModelConfig,
  states: tf.Tensor3D,
  [first, end]: [first: number, end: number],
  options: ForwardOptions,
): tf.Tensor3D[] {
  const { frames, length: samples } = options;
  const mask = frames && frameMask(groupsWith(frames, config, samples), states.shape[1]);
  const { firstDroppedLayer = 0 } = familyOf(config);
  const { attention } = variantsOf(config);
  const added = {
    mask: mask && scoreBias(mask),
    positions: attention?.scores(weights, config, states.shape[1]),
  };
  const layer = layersOf(weights, config, states.shape[1], samples);
  const hidden = [states];
  for (let index = first; index < end; index += 1) {
    const x = hidden.at(-1)!;
    const draws = isBelow(options.frozen, index) ? undefined : options.draws;
    const kept = index < firstDroppedLayer ? undefined : keepLayer(index, config, draws);
    const entering = kept === undefined ? x : behindGate(x, kept);
    const output = layer(entering, layerPrefix(config, index).slice(0, -1), added, draws);
    hidden.push(kept === undefined ? output : tf.add(gated(output, kept), tf.mul(x, tf.sub(1, kept))));
  }
  return hidden;
}

/** The family's own kind of layer, or Wav2Vec2's. */
function layersOf(
  weights: Weights,
  config: ModelConfig,
  frames: number,
  samples: Float32Array | undefined,
): Layer {
  const usual: Layer = (x, name, added, draws) => encoderLayer(x, weights, name, config, added, draws);
  return variantsOf(config).layer?.layers(weights, config, frames, samples) ?? usual;
}

function finish(states: tf.Tensor3D, weights: Weights, config: ModelConfig): tf.Tensor3D {
  const { norm } = namesOf(config);
  if (norm === undefined) return states;
  return layerNorm(states, weights, `${basePrefix(config)}${norm}`, config.layer_norm_eps);
}

/** Layerdrop (Fan et al., 2019): 0 for a layer to skip, otherwise 1; undefined if it is off. */
function keepLayer(
  index: number,
  config: ModelConfig,
  draws: RandomDraws | undefined,
): tf.Scalar | undefined {
  if (draws === undefined || config.layerdrop === 0) return undefined;
  const kept = draws.array(1, (array) => {
    const dropped = draws.random.uniform() < config.layerdrop;
    if (dropped) draws.droppedLayers.push(index);
    array[0] = dropped ? 0 : 1;
  });
  return tf.tensor(kept, [], 'float32');
}

/** 1 for valid frames, if they are given. */
function maskOf({ frames }: ForwardOptions, states: tf.Tensor3D): tf.Tensor3D | undefined {
  return frames && frameMask(tf.tensor1d(frames), states.shape[1]);
}
