import * as tf from '../../engine/tf.js';
import type { ModelConfig } from './config.js';

/** The most negative float32: after softmax, exactly 0. */
const MASKED = -3.4028234663852886e38;

/**
 * 1 for valid frames, [clips, length, 1].
 *
 * @param frames Valid frames per clip.
 */
export function frameMask(frames: tf.Tensor1D, length: number): tf.Tensor3D {
  const positions = tf.reshape(tf.range(0, length), [1, length, 1]);
  return tf.cast(tf.less(positions, tf.reshape(frames, [-1, 1, 1])), 'float32');
}

/** What attention adds to its scores, [clips, 1, 1, length], so that it looks at valid frames only. */
export function scoreBias(mask: tf.Tensor3D): tf.Tensor4D {
  const [clips, length] = mask.shape;
  return tf.reshape(tf.mul(tf.sub(1, mask), MASKED), [clips, 1, 1, length]);
}

/**
 * Frames that a batch would have, as `frameCount` counts them, of samples that only the graph knows.
 *
 * @param samples `ForwardOptions.length`.
 */
export function framesOf(samples: Float32Array, config: ModelConfig): tf.Tensor1D {
  return config.conv_kernel.reduce<tf.Tensor1D>(
    (count, kernel, index) => tf.add(tf.floor(tf.div(tf.sub(count, kernel), config.conv_stride[index]!)), 1),
    tf.tensor1d(samples),
  );
}
