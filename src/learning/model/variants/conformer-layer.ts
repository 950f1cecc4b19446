import * as tf from '../../../engine/tf.js';
import { batchNorm } from '../batch-norm.js';
import type { ModelConfig } from '../config.js';
import { feedForward } from '../encoder-layer.js';
import { frameMask, framesOf } from '../frame-masks.js';
import { activate, layerNorm, type Weights, weight } from '../layers.js';
import { dropout, type RandomDraws } from '../random-draws.js';
import { conformerAttention, conformerPositions } from './conformer-attention.js';
import { causal, samePadded } from './positional-conv.js';
import type { Layer, LayerVariant } from './types.js';

/** Of the Conformer's normalisations, which `layer_norm_eps` does not reach. */
const EPSILON = 1e-5;

/**
 * The convolution in time of each channel, and its normalisation, [clips, frames, hidden] to the same.
 *
 * @param name Prefix of the convolution module's parameters, without the last dot.
 */
type Convolution = (x: tf.Tensor3D, name: string, draws: RandomDraws | undefined) => tf.Tensor3D;

/** The Conformer's layers (`Wav2Vec2ConformerEncoderLayer`), with batch normalisation. */
export const conformerLayers: LayerVariant = {
  layers(weights, config, frames, samples) {
    // What follows the batch's last frame is 0 for the convolution.
    const within = samples && frameMask(framesOf(samples, config), frames);
    const convolution: Convolution = (x, name, draws) => {
      const seen: tf.Tensor3D = within === undefined ? x : tf.mul(x, within);
      const moved = samePadded(seen, depthwise(weights, name), config.hidden_size);
      return batchNorm(moved, weights, `${name}.batch_norm`, within, draws);
    };
    return layer(weights, config, frames, convolution, EPSILON);
  },
};

/**
 * Those of Wav2Vec2-BERT (`Wav2Vec2BertEncoderLayer`), whose convolution only sees earlier frames: padding
 * reaches no frame of a clip.
 */
export const bertLayers: LayerVariant = {
  layers(weights, config, frames) {
    const convolution: Convolution = (x, name) => {
      const moved = causal(x, depthwise(weights, name), config.hidden_size);
      return layerNorm(moved, weights, `${name}.depthwise_layer_norm`, config.layer_norm_eps);
    };
    return layer(weights, config, frames, convolution, config.layer_norm_eps);
  },
};

function depthwise(weights: Weights, name: string): tf.Tensor3D {
  return weight<tf.Tensor3D>(weights, `${name}.depthwise_conv.weight`);
}

/** Attention and a convolution between two halves of a feed-forward (Gulati et al., 2020). */
function layer(
  weights: Weights,
  config: ModelConfig,
  frames: number,
  convolution: Convolution,
  epsilon: number,
): Layer {
  const positions = conformerPositions(weights, config, frames);
  return (x, name, { mask }, draws) => {
    const normalise = (states: tf.Tensor3D, part: string) =>
      layerNorm(states, weights, `${name}.${part}_layer_norm`, epsilon);
    const half = (states: tf.Tensor3D, part: string): tf.Tensor3D => {
      const fed = feedForward(
        normalise(states, part),
        weights,
        [`${name}.${part}.intermediate_dense`, `${name}.${part}.output_dense`],
        config,
        draws,
      );
      return tf.add(tf.mul(fed, 0.5), states);
    };
    const attended = (states: tf.Tensor3D): tf.Tensor3D => {
      const seen = normalise(states, 'self_attn');
      const own = conformerAttention(seen, weights, `${name}.self_attn`, config, positions, mask, draws);
      return tf.add(dropout(own, config.attention_dropout, draws), states);
    };
    const convolved = (states: tf.Tensor3D): tf.Tensor3D =>
      tf.add(states, convolve(states, `${name}.conv_module`, draws));
    return normalise(half(convolved(attended(half(x, 'ffn1'))), 'ffn2'), 'final');
  };

  /** `Wav2Vec2ConformerConvolutionModule`: a gated linear unit before the convolution. */
  function convolve(x: tf.Tensor3D, name: string, draws: RandomDraws | undefined): tf.Tensor3D {
    const normalised = layerNorm(x, weights, `${name}.layer_norm`, epsilon);
    const [value, gate] = tf.split(pointwise(normalised, weights, `${name}.pointwise_conv1`), 2, 2);
    const gated = tf.mul(value!, tf.sigmoid(gate!)) as tf.Tensor3D;
    const active = activate(convolution(gated, name, draws), config.hidden_act);
    const projected = pointwise(active, weights, `${name}.pointwise_conv2`);
    return dropout(projected, config.conformer_conv_dropout, draws);
  }
}

/** A convolution of one tap, without bias. */
function pointwise(x: tf.Tensor3D, weights: Weights, name: string): tf.Tensor3D {
  const [clips, frames, input] = x.shape;
  const matrix: tf.Tensor2D = tf.squeeze(weight<tf.Tensor3D>(weights, `${name}.weight`), [2]);
  const rows = tf.matMul(tf.reshape(x, [clips * frames, input]), matrix, false, true);
  return tf.reshape(rows, [clips, frames, matrix.shape[0]]);
}
