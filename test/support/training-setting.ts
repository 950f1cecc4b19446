import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ZEROS_ON_THE_RIGHT } from '../../src/learning/audio/padding.js';
import { loadModel } from '../../src/learning/model/checkpoint.js';
import type { Model } from '../../src/learning/model/model.js';
import type { TrainingArguments } from '../../src/learning/training/argument-types.js';
import type { Examples } from '../../src/learning/training/examples.js';
import type { TrainOptions } from '../../src/learning/training/train-options.js';
import { Random } from '../../src/random/random.js';
import { filesOf } from './reference-model.js';
import { sharedTempFolder } from './temp-folder.js';

/** The defaults of `TrainingArguments`, for a training without evaluation. */
export const defaults: TrainingArguments = {
  per_device_train_batch_size: 8,
  per_device_eval_batch_size: 8,
  gradient_accumulation_steps: 1,
  learning_rate: 5e-5,
  weight_decay: 0,
  adam_beta1: 0.9,
  adam_beta2: 0.999,
  adam_epsilon: 1e-8,
  max_grad_norm: 1,
  num_train_epochs: 3,
  max_steps: -1,
  lr_scheduler_type: 'linear',
  lr_scheduler_kwargs: {},
  warmup_ratio: 0,
  warmup_steps: 0,
  label_smoothing_factor: 0,
  focal_gamma: 0,
  problem_type: 'single_label_classification',
  dataloader_drop_last: false,
  train_sampling_strategy: 'random',
  logging_strategy: 'steps',
  logging_first_step: false,
  logging_steps: 500,
  eval_strategy: 'no',
  eval_delay: 0,
  eval_on_start: false,
  save_strategy: 'steps',
  save_steps: 500,
  load_best_model_at_end: false,
  early_stopping_threshold: 0,
  seed: 42,
  freeze_feature_encoder: false,
  freeze_layers: 0,
  freeze_base_model: false,
};

/** Clips of noise whose class shifts their mean, so that there is something to learn. */
export function noise(
  size: number,
  samples: (row: number) => number,
  split = 'train',
  masked = false,
): Examples {
  const random = Random.stream(7, split);
  const labels = Array.from({ length: size }, (_, row) => row % 5);
  const clips = labels.map((label, row) => {
    const clip = new Float32Array(samples(row));
    random.fillNormal(clip, 1);
    return clip.map((value) => value + label - 2);
  });
  const lengths = clips.map(({ length }) => length);
  return {
    split,
    size,
    labels,
    lengths,
    validLengths: masked ? lengths : undefined,
    padding: ZEROS_ON_THE_RIGHT,
    samples: async (row) => clips[row]!,
  };
}

/** Changes to a model's configuration that enable all randomness. */
export const everythingRandom: Partial<Model['config']> = {
  hidden_dropout: 0.1,
  attention_dropout: 0.1,
  activation_dropout: 0.1,
  feat_proj_dropout: 0.1,
  layerdrop: 0.3,
  apply_spec_augment: true,
  mask_time_prob: 0.2,
  mask_time_length: 2,
  mask_feature_prob: 0.2,
  mask_feature_length: 3,
};

/** A tiny model, with changes to its configuration. */
export async function tinyModel(
  name = 'stable-layer-norm',
  changes: Partial<Model['config']> = {},
): Promise<Model> {
  const { config, labels, weights } = await loadModel(filesOf(name));
  return { config: { ...config, ...changes }, labels, weights };
}

const root = sharedTempFolder('training');

/** A new folder, removed at the end of the process. */
export function temporary(): string {
  return mkdtempSync(join(root, 'scratch-'));
}

/** Options of a training that reports nothing. */
export async function quiet(
  options: Partial<TrainOptions> & Pick<TrainOptions, 'args'>,
): Promise<TrainOptions> {
  return {
    model: options.model ?? (await tinyModel()),
    train: options.train ?? noise(10, () => 160),
    scratch: options.scratch ?? temporary(),
    signal: new AbortController().signal,
    progress: () => {},
    log: () => {},
    ...options,
  };
}

/** All numbers of a model, in order, as bytes. */
export function bytesOf({ weights }: Model): Buffer {
  return Buffer.concat(
    Object.values(weights).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  );
}

/** A copy of a folder as a crash at this moment would leave it. */
export function snapshot(folder: string): string {
  const copy = temporary();
  cpSync(folder, copy, { recursive: true });
  return copy;
}
