import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { type Weights, weight } from './layers.js';
import { basePrefix, convLayerName } from './parameters.js';

/**
 * What the convolutions compute with. Computed from the parameters alone: where these stay as they are, it
 * need be made but once.
 */
export interface Kernels {
  /** Of each layer of the feature encoder, [time, in, out]. */
  readonly features: readonly tf.Tensor3D[];
  /** Of the position embedding, [out, in / groups, time]. */
  readonly position: tf.Tensor3D;
}

/** The kernels of all convolutions. */
export function kernelsOf(weights: Weights, config: ModelConfig): Kernels {
  return { features: featureKernels(weights, config), position: positionKernel(weights, config) };
}

/** Kernels of the feature encoder, channels last; PyTorch keeps [out, in, time]. */
export function featureKernels(weights: Weights, config: ModelConfig): tf.Tensor3D[] {
  return config.conv_stride.map((_, index) =>
    tf.transpose(weight<tf.Tensor3D>(weights, `${convLayerName(config, index)}.conv.weight`), [2, 1, 0]),
  );
}

/**
 * The kernel of the position embedding, weight-normalised over all axes but time (`dim=2`; Salimans and
 * Kingma, 2016): g · v / ‖v‖.
 */
export function positionKernel(weights: Weights, config: ModelConfig): tf.Tensor3D {
  const name = `${basePrefix(config)}encoder.pos_conv_embed.conv.parametrizations.weight`;
  const gain = weight<tf.Tensor3D>(weights, `${name}.original0`);
  const direction = weight<tf.Tensor3D>(weights, `${name}.original1`);
  const norm = tf.sqrt(tf.sum(tf.square(direction), [0, 1], true));
  return tf.mul(direction, tf.div(gain, norm));
}
