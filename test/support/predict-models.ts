import { join } from 'node:path';
import type { Model, ModelWeights } from '../../src/learning/model/model.js';
import { classifierParameters } from '../../src/learning/model/parameters.js';
import { parseConfig } from '../../src/learning/model/parse-config.js';
import { modelFiles } from '../../src/learning/model/save.js';
import { type ProblemType, setProblemType } from '../../src/learning/training/problem-type.js';
import { addFiles } from './audio-files.js';
import { hashedParameter, hashedValues } from './hashed-values.js';
import { wavFile } from './wav-file.js';

const LABELS = ['abroad', 'address', 'balance', 'freeze', 'joint_account', 'pay_bill', 'other'];
const TINY = {
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 24,
  conv_dim: [8, 12],
  conv_kernel: [10, 4],
  conv_stride: [10, 8],
  num_feat_extract_layers: 2,
  num_conv_pos_embeddings: 8,
  num_conv_pos_embedding_groups: 4,
  classifier_proj_size: 8,
};
const LARGE = { ...TINY, feat_extract_norm: 'layer', conv_bias: true, do_stable_layer_norm: true };

interface Kind {
  config: object;
  masked: boolean;
  problem_type?: ProblemType;
  labels?: readonly string[];
}

/** Tiny models of each kind, and whether their feature extractors give attention masks. */
const MODELS: Record<string, Kind> = {
  base: { config: { ...TINY, model_type: 'wav2vec2' }, masked: false },
  large: { config: { ...LARGE, model_type: 'wav2vec2' }, masked: true },
  'weighted-sum': {
    config: { ...LARGE, model_type: 'wav2vec2', use_weighted_layer_sum: true },
    masked: true,
  },
  hubert: { config: { ...TINY, model_type: 'hubert' }, masked: false },
  wavlm: { config: { ...LARGE, model_type: 'wavlm', num_buckets: 32 }, masked: true },
  'unispeech-sat': { config: { ...TINY, model_type: 'unispeech-sat' }, masked: false },
  'data2vec-audio': {
    config: { ...LARGE, model_type: 'data2vec-audio', num_conv_pos_embeddings: 3, conv_pos_kernel_size: 7 },
    masked: true,
  },
  'several-labels': {
    config: { ...TINY, model_type: 'wav2vec2' },
    masked: false,
    problem_type: 'multi_label_classification',
  },
  numbers: {
    config: { ...TINY, model_type: 'hubert' },
    masked: false,
    problem_type: 'regression',
    labels: ['LABEL_0', 'LABEL_1'],
  },
  number: {
    config: { ...LARGE, model_type: 'wav2vec2' },
    masked: true,
    problem_type: 'regression',
    labels: ['LABEL_0'],
  },
};

/** Clips at several rates, mono and stereo; two of them have the same length. */
const CLIPS: Record<string, { samples: number; rate: number; channels: number }> = {
  'a.wav': { samples: 8000, rate: 16000, channels: 1 },
  'b.wav': { samples: 8000, rate: 16000, channels: 1 },
  'long.wav': { samples: 12123, rate: 16000, channels: 1 },
  'stereo.wav': { samples: 6000, rate: 16000, channels: 2 },
  'telephone.wav': { samples: 6000, rate: 8000, channels: 1 },
  'music.wav': { samples: 20000, rate: 44100, channels: 2 },
};

/**
 * Writes folders of models, in the layout in which a training leaves them, and a folder `clips`: the same
 * bytes each time. The script next to the fixtures reads them with transformers.
 */
export function writePredictModels(root: string): void {
  for (const name of Object.keys(MODELS)) writePredictModel(root, name);
  for (const [name, { samples, rate, channels }] of Object.entries(CLIPS)) {
    const data = Buffer.from(clip(name, samples * channels).buffer);
    addFiles(join(root, 'clips'), { [name]: wavFile({ data, sampling_rate: rate, channels }) });
  }
}

/** Writes the folder of one of them, with another sampling rate, or biases of the classes. */
export function writePredictModel(
  root: string,
  name: string,
  { sampling_rate = 16000, bias }: { sampling_rate?: number; bias?: readonly number[] } = {},
): void {
  const { masked, ...kind } = MODELS[name]!;
  const preprocessor = {
    feature_extractor_type: 'Wav2Vec2FeatureExtractor',
    feature_size: 1,
    sampling_rate,
    padding_value: 0,
    do_normalize: true,
    return_attention_mask: masked,
  };
  const written = model(kind);
  if (bias !== undefined) (written.weights['classifier.bias']!.data as Float32Array).set(bias);
  addFiles(join(root, name), {
    ...Object.fromEntries(
      Object.entries(modelFiles(written)).map(([file, parts]) => [file, Buffer.concat(parts)]),
    ),
    'preprocessor_config.json': JSON.stringify(preprocessor),
    'etude.json': JSON.stringify({ max_input_length: 8000 }),
  });
}

function model({ config: json, problem_type, labels = LABELS }: Omit<Kind, 'masked'>): Model {
  const config = parseConfig(json);
  const weights: ModelWeights = {};
  for (const { name, shape } of classifierParameters(config, labels.length)) {
    // The larger head separates classes, which random features alone hardly do.
    const scale = name.startsWith('classifier.') && problem_type === undefined ? 6 : 1;
    weights[name] = { shape, data: hashedParameter(name, shape).map((value) => value * scale) };
  }
  const made: Model = { config, labels: [...labels], weights };
  if (problem_type !== undefined) setProblemType(made, problem_type);
  return made;
}

/** Noise with few high frequencies, which every resampler treats differently. */
function clip(name: string, size: number): Int16Array {
  const noise = hashedValues(name, size + 64);
  return Int16Array.from({ length: size }, (_, at) => {
    let sum = 0;
    for (let near = 0; near < 64; near += 1) sum += noise[at + near]!;
    return Math.round(sum * 1000);
  });
}
