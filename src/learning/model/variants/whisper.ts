import * as ops from '../../../engine/ops.js';
import * as tf from '../../../engine/tf.js';
import { activate, type Weights, weight } from '../layers.js';
import { basePrefix } from '../parameter-names.js';
import type { FeatureEncoder, PositionEmbedding } from './types.js';

/** Two convolutions in time, the second of which leaves out every other frame. */
export const whisperConvolutions: FeatureEncoder = {
  encode(inputs, weights, config) {
    const [clips] = inputs.shape;
    const [bins, frames] = config.spectrogram!.shape;
    const spectrograms: tf.Tensor3D = tf.reshape(inputs, [clips, bins, frames]);
    const prefix = basePrefix(config);
    const first = convolve(tf.transpose(spectrograms, [0, 2, 1]), weights, `${prefix}conv1`, 1);
    return convolve(first, weights, `${prefix}conv2`, 2);
  },
};

function convolve(x: tf.Tensor3D, weights: Weights, name: string, stride: number): tf.Tensor3D {
  const kernel = tf.transpose(weight<tf.Tensor3D>(weights, `${name}.weight`), [0, 2, 1]);
  const padded: tf.Tensor3D = tf.pad(x, [
    [0, 0],
    [1, 1],
    [0, 0],
  ]);
  // Whatever the layers' activation is.
  return activate(tf.add(ops.conv1d(padded, kernel, stride), weight(weights, `${name}.bias`)), 'gelu');
}

/** Sines and cosines, as they are in the checkpoint. */
export const whisperPositions: PositionEmbedding = {
  kernels: () => [],
  enter: (x, weights, config) =>
    tf.add(x, weight<tf.Tensor2D>(weights, `${basePrefix(config)}embed_positions.weight`)),
};
