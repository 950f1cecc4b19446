import * as tf from '../../engine/tf.js';
import { classifyFrom } from '../model/classify.js';
import type { ModelConfig } from '../model/config.js';
import type { ForwardOptions } from '../model/encoder.js';
import { SAMPLES } from '../model/entry-point.js';
import type { Weights } from '../model/layers.js';
import type { Batch } from './collate.js';

/**
 * Logits of a batch, from its samples or from what was computed of them before; in training with what is
 * drawn at random, otherwise with kernels made before.
 */
export function logitsOf(
  weights: Weights,
  config: ModelConfig,
  batch: Batch,
  given: Pick<ForwardOptions, 'draws' | 'frozen' | 'kernels'> = {},
): tf.Tensor2D {
  const { data, shape, entry = SAMPLES } = batch.inputs;
  const options = { frames: batch.frames, length: batch.length, ...given };
  return classifyFrom(entry, weights, config, tf.tensor(data, shape, 'float32'), options);
}
