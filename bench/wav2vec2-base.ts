import { initialise } from '../src/learning/model/initialise.js';
import type { Model } from '../src/learning/model/model.js';
import { classifierParameters } from '../src/learning/model/parameters.js';
import { parseConfig } from '../src/learning/model/parse-config.js';
import { Random } from '../src/random/random.js';
import type { Build } from './build.js';

/**
 * The configuration of `facebook/wav2vec2-base` as first published, with the head of MInDS-14: 94.6 million
 * parameters.
 */
export const WAV2VEC2_BASE = {
  model_type: 'wav2vec2',
  num_labels: 14,
  conv_dim: [512, 512, 512, 512, 512, 512, 512],
  conv_kernel: [10, 3, 3, 3, 3, 2, 2],
  conv_stride: [5, 2, 2, 2, 2, 2, 2],
  conv_bias: false,
  num_feat_extract_layers: 7,
  feat_extract_norm: 'group',
  feat_extract_activation: 'gelu',
  do_stable_layer_norm: false,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  hidden_act: 'gelu',
  num_conv_pos_embeddings: 128,
  num_conv_pos_embedding_groups: 16,
  hidden_dropout: 0.1,
  attention_dropout: 0.0,
  activation_dropout: 0.1,
  feat_proj_dropout: 0.1,
  final_dropout: 0.0,
  layerdrop: 0.1,
  apply_spec_augment: true,
  mask_time_prob: 0.05,
  mask_time_length: 10,
  mask_time_min_masks: 2,
  mask_feature_prob: 0.0,
  classifier_proj_size: 256,
  use_weighted_layer_sum: false,
  initializer_range: 0.02,
  layer_norm_eps: 1e-5,
};

type Sources = Pick<Build, 'parseConfig' | 'classifierParameters' | 'initialise' | 'Random'>;

/**
 * A model of that size with random parameters: their values do not affect the time.
 *
 * @param build Of the source to make it with. Default: this checkout.
 */
export function randomBase(
  build: Sources = { parseConfig, classifierParameters, initialise, Random },
): Model {
  const config = build.parseConfig(WAV2VEC2_BASE);
  const weights: Model['weights'] = {};
  const labels = Array.from({ length: WAV2VEC2_BASE.num_labels }, (_, id) => `LABEL_${id}`);
  for (const spec of build.classifierParameters(config, labels.length))
    weights[spec.name] = build.initialise(spec, build.Random.stream(42, spec.name), weights);
  return { config, labels, weights };
}

/** Clips of noise, [clips, samples]. */
export function noise(clips: number, samples: number): Float32Array {
  const data = new Float32Array(clips * samples);
  Random.stream(1, 'noise').fillNormal(data, 1);
  return data;
}
