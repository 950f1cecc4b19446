import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';
import { type Weights, weight } from './layers.js';
import { convLayerName } from './parameter-names.js';
import { variantsOf } from './variants/index.js';

/**
 * The kernels of the convolutions. They depend only on the parameters, and as long as those do not change,
 * they need to be computed only once.
 */
export interface Kernels {
  /** Of each layer of the feature encoder, [out, time, in], or [time, out, in] if `isPaired`. */
  readonly features: readonly tf.Tensor3D[];
  /** Of the position embedding, as `PositionEmbedding.kernels` gives them. */
  readonly positions: readonly tf.Tensor3D[];
}

/** The kernels of all convolutions. */
export function kernelsOf(weights: Weights, config: ModelConfig): Kernels {
  return {
    features: featureKernels(weights, config),
    positions: variantsOf(config).positions.kernels(weights, config),
  };
}

/** Whether `pairedConv1d` computes a layer of the feature encoder. */
export function isPaired(config: ModelConfig, index: number): boolean {
  return index > 0 && config.conv_kernel[index] === 3 && config.conv_stride[index] === 2;
}

/** Kernels of the feature encoder; PyTorch keeps [out, in, time]. */
export function featureKernels(weights: Weights, config: ModelConfig): tf.Tensor3D[] {
  if (variantsOf(config).features !== undefined) return [];
  return config.conv_stride.map((_, index) => {
    const kernel = weight<tf.Tensor3D>(weights, `${convLayerName(config, index)}.conv.weight`);
    return tf.transpose(kernel, isPaired(config, index) ? [2, 0, 1] : [0, 2, 1]);
  });
}
