import * as ops from '../../../engine/ops.js';
import * as tf from '../../../engine/tf.js';
import { layerNorm, linear, weight } from '../layers.js';
import { basePrefix } from '../parameter-names.js';
import { AST_POSITIONS, AST_TOKENS } from './parameters.js';
import type { FeatureEncoder, Head, PositionEmbedding } from './types.js';

/** Squares of a spectrogram, those of the lowest frequencies first (`ASTPatchEmbeddings`). */
export const patches: FeatureEncoder = {
  encode(inputs, weights, config) {
    const [clips] = inputs.shape;
    const { shape, patches: squares } = config.spectrogram!;
    const { size, frequency_stride, time_stride } = squares!;
    const [frames, bins] = shape;
    const spectrograms = tf.reshape(inputs, [clips, frames, bins]);
    const bands: tf.Tensor3D[] = [];
    for (let first = 0; first + size <= bins; first += frequency_stride)
      bands.push(tf.slice(spectrograms, [0, 0, first], [clips, frames, size]) as tf.Tensor3D);
    // PyTorch keeps [out, 1, frequency, time]; of a band, this is a convolution in time.
    const name = `${basePrefix(config)}embeddings.patch_embeddings.projection`;
    const square: tf.Tensor3D = tf.squeeze(weight<tf.Tensor4D>(weights, `${name}.weight`), [1]);
    const kernel = tf.transpose(square, [0, 2, 1]);
    const convolved = ops.conv1d(tf.concat(bands, 0), kernel, time_stride);
    const [, steps, hidden] = convolved.shape;
    const byBand = tf.reshape(convolved, [bands.length, clips, steps, hidden]);
    const byClip = tf.reshape(tf.transpose(byBand, [1, 0, 2, 3]), [clips, bands.length * steps, hidden]);
    return tf.add(byClip, weight(weights, `${name}.bias`));
  },
};

/** Two tokens before the squares, and a learned position for each (`ASTEmbeddings`). */
export const astPositions: PositionEmbedding = {
  kernels: () => [],
  enter(x, weights, config) {
    const prefix = basePrefix(config);
    const [clips, , hidden] = x.shape;
    const tokens = AST_TOKENS.map(
      (name): tf.Tensor3D =>
        tf.add(weight<tf.Tensor3D>(weights, prefix + name), tf.zeros([clips, 1, hidden])),
    );
    return tf.add(tf.concat([...tokens, x], 1), weight<tf.Tensor3D>(weights, prefix + AST_POSITIONS));
  },
};

/** The mean of both tokens, normalised, then a linear layer (`ASTMLPHead`). */
export const astHead: Head = {
  pool(states) {
    const [clips, , hidden] = states.shape;
    return tf.mean(tf.slice(states, [0, 0, 0], [clips, AST_TOKENS.length, hidden]), 1);
  },
  classify(pooled, weights, config, draws) {
    const normalised = layerNorm(pooled, weights, 'classifier.layernorm', config.layer_norm_eps);
    return linear(normalised, weights, 'classifier.dense', config, draws);
  },
};
