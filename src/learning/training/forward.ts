import * as tf from '../../engine/tf.js';
import { classifyFrom } from '../model/classifier.js';
import type { ModelConfig } from '../model/config.js';
import type { ForwardOptions } from '../model/encoder.js';
import { type EntryPoint, isBelow, namesBelow, SAMPLES } from '../model/entry-point.js';
import { familyOf, namesOf } from '../model/families/index.js';
import type { Weights } from '../model/layers.js';
import type { Model, ModelWeights } from '../model/model.js';
import { basePrefix, isBuffer } from '../model/parameter-names.js';
import type { Batch } from './collate.js';

/**
 * Names of the parameters that training changes: all, or with LoRA those that it trains, except the frozen
 * ones, a mask embedding without SpecAugment, what comes after the layers that are summed, and what nothing is
 * computed from.
 *
 * @param frozen The place below which everything is frozen.
 */
export function trainableNames(
  weights: ModelWeights,
  config: ModelConfig,
  frozen: EntryPoint = SAMPLES,
): string[] {
  const prefix = basePrefix(config);
  const below = new Set(namesBelow(frozen, Object.keys(weights), config));
  const masks = config.apply_spec_augment && config.mask_time_prob > 0 && !isBelow(frozen, -1);
  const unnormalised =
    config.do_stable_layer_norm && config.use_weighted_layer_sum && !config.tie_last_hidden_states;
  const unused = (familyOf(config).unused ?? []).map((start) => prefix + start);
  return (config.lora?.trainable ?? Object.keys(weights)).filter((name) => {
    if (isBuffer(name) || unused.some((start) => name.startsWith(start))) return false;
    if (unnormalised && name.startsWith(`${prefix}${namesOf(config).norm}.`)) return false;
    if (config.use_weighted_layer_sum && name.startsWith(`${prefix}encoder.upsample.`)) return false;
    if (name === `${prefix}masked_spec_embed`) return masks;
    return !below.has(name);
  });
}

/**
 * Target distributions times 1 / `items`: one-hot, smoothed as in transformers' `LabelSmoother`. The sum of
 * their product with −log softmax is the batch's share of the loss, which is averaged over all items of an
 * update.
 *
 * @param weights What each class counts for, as in `torch.nn.CrossEntropyLoss`.
 */
export function targetsOf(
  labels: readonly number[],
  classes: number,
  smoothing: number,
  items: number,
  weights?: readonly number[],
): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes / items);
  labels.forEach((label, row) => {
    targets[row * classes + label]! += (1 - smoothing) / items;
  });
  return weights === undefined ? targets : targets.map((target, index) => target * weights[index % classes]!);
}

/** The weights as tensors on the engine, to be disposed of by the caller. */
export function upload(weights: ModelWeights): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [name, tf.tensor(data, shape, 'float32')]),
  );
}

/** Builds tensors on the weights in place. */
export function withWeights<T>(model: Model, build: (weights: Record<string, tf.Tensor>) => T): T {
  const weights = upload(model.weights);
  try {
    return build(weights);
  } finally {
    tf.dispose(weights);
  }
}

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
