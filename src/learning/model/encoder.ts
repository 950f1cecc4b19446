import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { type Drawing, dropout } from './drawing.js';
import { encoderLayer } from './encoder-layer.js';
import type { Kernels } from './kernels.js';
import { layerNorm, linear, type Weights } from './layers.js';
import { basePrefix } from './parameters.js';
import { positionalConv } from './positional-conv.js';
import { specAugment } from './spec-augment.js';

/** The most negative float32: after softmax, exactly 0. */
const MASKED = -3.4028234663852886e38;

/** Options of a forward pass. */
export interface ForwardOptions {
  /**
   * Valid frames per clip, when clips are padded and an attention mask is wanted; without it every frame
   * counts. The array goes into the graph as it is: a graph that is run again sees what it holds by then.
   */
  frames?: Float32Array;
  /**
   * Where the clips are filled up further than their batch asks for: one number, the samples that would be
   * there otherwise. Results are as if there were no more; `frames` must be given, too. As `frames`, the
   * array goes into the graph as it is.
   */
  length?: Float32Array;
  /** Present in training: draws dropout, SpecAugment and dropped layers. */
  drawing?: Drawing;
  /** Those of `kernelsOf`, where the weights are the same for many passes. */
  kernels?: Kernels;
}

/** Hidden states of the Transformer encoder. */
export interface Encoded {
  /** The output, [clips, frames, hidden]. */
  last: tf.Tensor3D;
  /**
   * `output_hidden_states` of transformers: the input of each layer, then the last one's output: with
   * `do_stable_layer_norm` before the final layer normalisation, as transformers 5 has it, or after it, as
   * transformers 4 had it, where the configuration says `tie_last_hidden_states`.
   */
  hidden: tf.Tensor3D[];
  /** 1 for valid frames, [clips, frames, 1]; absent when `frames` was. */
  mask?: tf.Tensor3D;
}

/**
 * `Wav2Vec2Model` after its feature encoder: feature projection, SpecAugment, positional convolution,
 * Transformer layers. Parameters are looked up under `basePrefix(config)`.
 *
 * A layer that layerdrop skips is computed and multiplied by 0, so that the graph is the same at each step;
 * its gradients are exactly 0, and `drawing.droppedLayers` names it.
 *
 * @param features What `extractFeatures` returns, [clips, frames, conv_dim.at(-1)].
 */
export function encode(
  weights: Weights,
  config: ModelConfig,
  features: tf.Tensor3D,
  options: ForwardOptions = {},
): Encoded {
  const { drawing } = options;
  const [clips, length] = features.shape;
  const prefix = basePrefix(config);
  const normalised = config.feat_proj_layer_norm
    ? layerNorm(features, weights, `${prefix}feature_projection.layer_norm`, config.layer_norm_eps)
    : features;
  let x = linear(normalised, weights, `${prefix}feature_projection.projection`);
  x = dropout(x, config.feat_proj_dropout, drawing);

  const frames = options.frames ?? new Float32Array(clips).fill(length);
  if (drawing !== undefined) x = specAugment(x, weights, config, frames, drawing, options.length);

  const mask = options.frames === undefined ? undefined : frameMask(options.frames, length);
  const bias = mask === undefined ? undefined : scoreBias(mask);
  if (mask !== undefined) x = tf.mul(x, mask);

  x = tf.add(x, positionalConv(x, weights, config, options.kernels?.position));
  const finish = (states: tf.Tensor3D) =>
    layerNorm(states, weights, `${prefix}encoder.layer_norm`, config.layer_norm_eps);
  if (!config.do_stable_layer_norm) x = finish(x);
  x = dropout(x, config.hidden_dropout, drawing);

  const hidden = [x];
  for (let index = 0; index < config.num_hidden_layers; index += 1) {
    const kept = keepLayer(index, config, drawing);
    const output = encoderLayer(x, weights, `${prefix}encoder.layers.${index}`, config, bias, drawing);
    x = kept === undefined ? output : tf.add(tf.mul(output, kept), tf.mul(x, tf.sub(1, kept)));
    hidden.push(x);
  }
  if (config.do_stable_layer_norm) {
    x = finish(x);
    if (config.tie_last_hidden_states) hidden[hidden.length - 1] = x;
  }
  return { last: x, hidden, mask };
}

/** Layerdrop (Fan et al., 2019): 0 for a layer to skip, 1 else; undefined if it is off. */
function keepLayer(index: number, config: ModelConfig, drawing: Drawing | undefined): tf.Scalar | undefined {
  if (drawing === undefined || config.layerdrop === 0) return undefined;
  const kept = drawing.array(1, (array) => {
    const dropped = drawing.random.uniform() < config.layerdrop;
    if (dropped) drawing.droppedLayers.push(index);
    array[0] = dropped ? 0 : 1;
  });
  return tf.tensor(kept, [], 'float32');
}

function frameMask(frames: Float32Array, length: number): tf.Tensor3D {
  const valid = tf.tensor3d(frames, [frames.length, 1, 1]);
  const positions = tf.reshape(tf.range(0, length), [1, length, 1]);
  return tf.cast(tf.less(positions, valid), 'float32');
}

function scoreBias(mask: tf.Tensor3D): tf.Tensor4D {
  const [clips, length] = mask.shape;
  return tf.reshape(tf.mul(tf.sub(1, mask), MASKED), [clips, 1, 1, length]);
}
