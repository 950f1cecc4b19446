import * as tf from '../../../engine/tf.js';
import type { ModelConfig } from '../config.js';
import { frameMask, framesOf } from '../frame-masks.js';
import { activate, linear } from '../layers.js';
import { basePrefix } from '../parameter-names.js';
import { UPSAMPLING } from './parameters.js';
import { convolved, positionalConv } from './positional-conv.js';
import type { PositionEmbedding, Upsampling } from './types.js';

/**
 * SEW's way into its layers: of `squeeze_factor` frames each, the mean of their states, and the position
 * embedding of the first. Frames at the end that make no whole group are left out.
 */
export const squeezedPositions: PositionEmbedding = {
  ...positionalConv,
  enter(x, weights, config, { kernels: [kernel] }) {
    const positions = grouped(convolved(x, weights, config, kernel!), config);
    const [clips, groups, , hidden] = positions.shape;
    const first = tf.slice(positions, [0, 0, 0, 0], [clips, groups, 1, hidden]);
    return tf.add(tf.mean<tf.Tensor3D>(grouped(x, config), 2), tf.reshape(first, [clips, groups, hidden]));
  },
};

/** [clips, frames, hidden] as [clips, groups, squeeze_factor, hidden]. */
function grouped(x: tf.Tensor3D, { squeeze_factor }: ModelConfig): tf.Tensor4D {
  const [clips, frames, hidden] = x.shape;
  const groups = Math.floor(frames / squeeze_factor);
  const whole = tf.slice(x, [0, 0, 0], [clips, groups * squeeze_factor, hidden]);
  return tf.reshape(whole, [clips, groups, squeeze_factor, hidden]);
}

/** The way out (`SEWUpsampling`): as many frames as there were, 0 for those that were left out. */
export const upsampling: Upsampling = {
  restore(x, weights, config, frames, { length: samples, draws }) {
    const [clips, groups, hidden] = x.shape;
    const whole = groups * config.squeeze_factor;
    const wide = linear(x, weights, basePrefix(config) + UPSAMPLING, config, draws);
    const states: tf.Tensor3D = tf.reshape(activate(wide, config.feat_extract_activation), [
      clips,
      whole,
      hidden,
    ]);
    const restored: tf.Tensor3D = tf.concat3d([states, tf.zeros([clips, frames - whole, hidden])], 1);
    if (samples === undefined) return restored;
    const counted: tf.Tensor1D = tf.mul(groupsOf(samples, config), config.squeeze_factor);
    return tf.mul<tf.Tensor3D>(restored, frameMask(counted, frames));
  },
};

/** Whole groups of the frames that a batch would have of so many samples. */
function groupsOf(samples: Float32Array, config: ModelConfig): tf.Tensor1D {
  return tf.floor(tf.div(framesOf(samples, config), config.squeeze_factor));
}

/**
 * Groups of each clip that its frames are in, as SEW's layers attend to them.
 *
 * @param frames Valid frames per clip.
 */
export function groupsWith(
  frames: Float32Array,
  config: ModelConfig,
  samples: Float32Array | undefined,
): tf.Tensor1D {
  const valid = tf.tensor1d(frames);
  if (config.squeeze_factor === 1) return valid;
  const groups = tf.ceil(tf.div(valid, config.squeeze_factor)) as tf.Tensor1D;
  return samples === undefined ? groups : tf.minimum(groups, groupsOf(samples, config));
}

/**
 * What of the groups counts in the mean over a sum of layers: as in transformers as many as there are valid
 * frames, which is mostly all.
 */
export function groupsInMean(
  frames: Float32Array,
  config: ModelConfig,
  samples: Float32Array | undefined,
): tf.Tensor1D {
  const valid = tf.tensor1d(frames);
  return samples === undefined ? valid : tf.minimum(valid, groupsOf(samples, config));
}
