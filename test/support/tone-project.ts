import { initialise } from '../../src/learning/model/initialise.js';
import { encoderParameters } from '../../src/learning/model/parameters.js';
import { parseConfig } from '../../src/learning/model/parse-config.js';
import { formatSafetensors, type Weight } from '../../src/learning/model/safetensors.js';
import { Random } from '../../src/random/random.js';
import { wavOf } from './audio-files.js';
import { Project } from './project.js';

/** The smallest Wav2Vec2 that has every part: 100 frames per second, one layer. */
const CONFIG = {
  model_type: 'wav2vec2',
  conv_dim: [8, 8, 16],
  conv_kernel: [10, 8, 4],
  conv_stride: [5, 8, 4],
  conv_bias: true,
  num_feat_extract_layers: 3,
  feat_extract_norm: 'layer',
  do_stable_layer_norm: true,
  hidden_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 32,
  num_conv_pos_embeddings: 8,
  num_conv_pos_embedding_groups: 2,
  classifier_proj_size: 16,
  hidden_dropout: 0.1,
  mask_time_prob: 0.05,
  mask_time_length: 5,
  layerdrop: 0,
};

/** Every built-in stage type. */
export const TONE_RECIPE = `name: tones
params:
  seed: 7
stages:
  clips:
    uses: load
    with: { path: clips }
  parts:
    uses: split
    from: clips
    with: { test_size: 0.25, seed: "\${{ params.seed }}" }
  slim:
    uses: rename
    from: parts
    with: { columns: { label: pitch } }
  speech:
    uses: cast-audio
    from: slim
    with: { column: audio, sampling_rate: 16000 }
  features:
    uses: map-preprocess
    from: speech
    with: { feature_extractor: checkpoint, max_length: 4000, truncation: true }
  bare:
    uses: remove-columns
    from: features
    with: { columns: [audio] }
  encoded:
    uses: rename
    from: bare
    with: { columns: { pitch: label } }
  model:
    uses: train
    from: encoded
    with: { model: checkpoint, learning_rate: 1.0e-3, num_train_epochs: 1, eval_strategy: epoch, save_strategy: epoch }
  scores:
    uses: evaluate
    from: { model: model, dataset: encoded }
    with: { split: test }
`;

/** Only the stages that a training needs. */
export const TRAINING_RECIPE = `name: tones
stages:
  clips: { uses: load, with: { path: clips } }
  parts: { uses: split, from: clips, with: { test_size: 0.25, seed: 7 } }
  speech: { uses: cast-audio, from: parts, with: { column: audio, sampling_rate: 16000 } }
  features:
    uses: map-preprocess
    from: speech
    with: { feature_extractor: checkpoint, max_length: 4000, truncation: true, remove_columns: [audio] }
  model:
    uses: train
    from: features
    with: { model: checkpoint, learning_rate: 1.0e-3, num_train_epochs: 1, eval_strategy: epoch, save_strategy: epoch }
`;

/** The same with its evaluation. */
export const SHORT_TONE_RECIPE = `${TRAINING_RECIPE}  scores:
    uses: evaluate
    from: { model: model, dataset: features }
    with: { split: test }
`;

/**
 * A project with an audio folder of short tones (`low` and `high`), a tiny checkpoint and a recipe.
 *
 * @param clips How many; half of them `low`.
 */
export function toneProject(clips = 48, recipe = TONE_RECIPE): Project {
  const project = new Project();
  project.write('package.json', '{"private": true}');
  project.write('recipe.yaml', recipe);
  for (let number = 0; number < clips; number++) addTone(project, number);
  const config = parseConfig(CONFIG);
  const random = Random.stream(1, 'tones');
  const weights: Record<string, Weight> = {};
  for (const spec of encoderParameters(config)) weights[spec.name] = initialise(spec, random, weights);
  project.write('checkpoint/config.json', JSON.stringify(CONFIG));
  project.write('checkpoint/model.safetensors', Buffer.concat(formatSafetensors(weights)));
  project.write(
    'checkpoint/preprocessor_config.json',
    JSON.stringify({
      feature_extractor_type: 'Wav2Vec2FeatureExtractor',
      sampling_rate: 16000,
      do_normalize: true,
    }),
  );
  return project;
}

/** A project whose training has everything that an interruption could upset. */
export function restlessProject(): Project {
  const project = toneProject(16, SHORT_TONE_RECIPE);
  const saving =
    'per_device_train_batch_size: 4, eval_strategy: steps, eval_steps: 2, save_strategy: steps, save_steps: 2';
  project.edit(
    'recipe.yaml',
    'num_train_epochs: 1, eval_strategy: epoch, save_strategy: epoch',
    `num_train_epochs: 3, gradient_accumulation_steps: 2, load_best_model_at_end: true, metric_for_best_model: accuracy, ${saving}`,
  );
  project.edit('checkpoint/config.json', '"layerdrop":0', '"layerdrop":0.2');
  return project;
}

/** One more clip of the audio folder: no two are alike. */
export function addTone(project: Project, number: number): void {
  const label = number % 2 === 0 ? 'low' : 'high';
  const hertz = (label === 'low' ? 300 : 1500) + number;
  project.write(`clips/${label}/tone-${String(number).padStart(4, '0')}.wav`, tone(hertz, 0.25));
}

/** A sine as 16-bit mono WAV at 8 kHz. */
export function tone(hertz: number, seconds: number): Uint8Array {
  const rate = 8000;
  const samples = Int16Array.from(
    { length: rate * seconds },
    (_, i) => 12000 * Math.sin((2 * Math.PI * hertz * i) / rate),
  );
  return wavOf(samples, rate);
}
