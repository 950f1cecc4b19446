import * as tf from '../../engine/tf.js';
import { batchNorm } from './batch-norm.js';
import type { ModelConfig } from './config.js';
import { conformerAttention, conformerPositions } from './conformer-attention.js';
import { feedForward } from './encoder-layer.js';
import { frameMask, framesOf } from './frame-masks.js';
import { activate, layerNorm, type Weights, weight } from './layers.js';
import { samePadded } from './positional-conv.js';
import { dropout, type RandomDraws } from './random-draws.js';
import type { LayerVariant } from './variant-types.js';

/** Of the layers' normalisations, which `layer_norm_eps` does not reach. */
const EPSILON = 1e-5;

/**
 * The Conformer's layers (`Wav2Vec2ConformerEncoderLayer`; Gulati et al., 2020): attention and a convolution
 * between two halves of a feed-forward.
 */
export const conformerLayers: LayerVariant = {
  layers(weights, config, frames, samples) {
    const positions = conformerPositions(weights, config, frames);
    const within = samples && frameMask(framesOf(samples, config), frames);
    return (x, name, { mask }, draws) => {
      const normalise = (states: tf.Tensor3D, part: string) =>
        layerNorm(states, weights, `${name}.${part}_layer_norm`, EPSILON);
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
        tf.add(states, convolve(states, weights, `${name}.conv_module`, config, within, draws));
      return normalise(half(convolved(attended(half(x, 'ffn1'))), 'ffn2'), 'final');
    };
  },
};

/**
 * `Wav2Vec2ConformerConvolutionModule`: a gated linear unit, a convolution in time of each channel, batch
 * normalisation.
 *
 * @param within As `batchNorm` takes it: what follows the batch's last frame is 0 for the convolution.
 */
function convolve(
  x: tf.Tensor3D,
  weights: Weights,
  name: string,
  config: ModelConfig,
  within: tf.Tensor3D | undefined,
  draws: RandomDraws | undefined,
): tf.Tensor3D {
  const normalised = layerNorm(x, weights, `${name}.layer_norm`, EPSILON);
  const [value, gate] = tf.split(pointwise(normalised, weights, `${name}.pointwise_conv1`), 2, 2);
  const gated = tf.mul(value!, tf.sigmoid(gate!)) as tf.Tensor3D;
  const seen: tf.Tensor3D = within === undefined ? gated : tf.mul(gated, within);
  const kernel = weight<tf.Tensor3D>(weights, `${name}.depthwise_conv.weight`);
  const moved = samePadded(seen, kernel, config.hidden_size);
  const active = activate(batchNorm(moved, weights, `${name}.batch_norm`, within, draws), config.hidden_act);
  const projected = pointwise(active, weights, `${name}.pointwise_conv2`);
  return dropout(projected, config.conformer_conv_dropout, draws);
}

/** A convolution of one tap, without bias. */
function pointwise(x: tf.Tensor3D, weights: Weights, name: string): tf.Tensor3D {
  const [clips, frames, input] = x.shape;
  const matrix: tf.Tensor2D = tf.squeeze(weight<tf.Tensor3D>(weights, `${name}.weight`), [2]);
  const rows = tf.matMul(tf.reshape(x, [clips * frames, input]), matrix, false, true);
  return tf.reshape(rows, [clips, frames, matrix.shape[0]]);
}
