import { EtudeError } from '../../util/errors.js';

/** Activations that transformers' `ACT2FN` knows and this model computes. */
export type Activation = 'gelu' | 'gelu_new' | 'relu' | 'selu' | 'silu';

/** What the model reads from `config.json`, in transformers' words; see `parseConfig`. */
export interface ModelConfig {
  model_type: 'wav2vec2' | 'hubert';
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  intermediate_size: number;
  hidden_act: Activation;
  hidden_dropout: number;
  activation_dropout: number;
  attention_dropout: number;
  feat_proj_dropout: number;
  layerdrop: number;
  initializer_range: number;
  layer_norm_eps: number;
  feat_extract_norm: 'group' | 'layer';
  feat_extract_activation: Activation;
  feat_proj_layer_norm: boolean;
  conv_dim: number[];
  conv_stride: number[];
  conv_kernel: number[];
  conv_bias: boolean;
  num_conv_pos_embeddings: number;
  num_conv_pos_embedding_groups: number;
  do_stable_layer_norm: boolean;
  apply_spec_augment: boolean;
  mask_time_prob: number;
  mask_time_length: number;
  mask_time_min_masks: number;
  mask_feature_prob: number;
  mask_feature_length: number;
  mask_feature_min_masks: number;
  use_weighted_layer_sum: boolean;
  /**
   * Whether the last hidden state of the sum is the encoder's output; transformers 5 lets a configuration say
   * so.
   */
  tie_last_hidden_states: boolean;
  classifier_proj_size: number;
  /** How many classes there are where the file does not name them. */
  num_labels: number;
  /** Class names by id, when the file names them. */
  id2label?: string[];
  /** The file as it was read: what a saved checkpoint carries on. */
  raw: Readonly<Record<string, unknown>>;
}

const ACTIVATIONS: Record<string, Activation> = {
  gelu: 'gelu',
  gelu_new: 'gelu_new',
  relu: 'relu',
  selu: 'selu',
  silu: 'silu',
  swish: 'silu',
};

/** No size in any model is larger; a file that says so would have all memory taken for it. */
const MAX_SIZE = 2 ** 16;

/**
 * Reads a `config.json` of a Wav2Vec2 or HuBERT checkpoint: every value from the file, transformers' default
 * where it is absent or null, unknown keys ignored as transformers ignores them.
 *
 * @param raw The parsed JSON.
 * @param file Its name, for messages.
 * @throws EtudeError for a value of the wrong type, an architecture that does not fit together, or one that
 *   is not implemented (adapters, batch norm in the positional convolution).
 */
export function parseConfig(raw: unknown, file = 'config.json'): ModelConfig {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new EtudeError('the model configuration is not a JSON object', { where: { file } });
  }
  const read = reader(raw as Record<string, unknown>, file);
  const model_type = read.choice('model_type', undefined, {
    wav2vec2: 'wav2vec2',
    hubert: 'hubert',
  } as const);
  const config: ModelConfig = {
    model_type,
    hidden_size: read.integer('hidden_size', 768, 1),
    num_hidden_layers: read.integer('num_hidden_layers', 12, 1),
    num_attention_heads: read.integer('num_attention_heads', 12, 1),
    intermediate_size: read.integer('intermediate_size', 3072, 1),
    hidden_act: read.choice('hidden_act', 'gelu', ACTIVATIONS),
    hidden_dropout: read.probability('hidden_dropout', 0.1),
    activation_dropout: read.probability('activation_dropout', 0.1),
    attention_dropout: read.probability('attention_dropout', 0.1),
    feat_proj_dropout: read.probability('feat_proj_dropout', 0),
    layerdrop: read.probability('layerdrop', 0.1),
    initializer_range: read.number('initializer_range', 0.02),
    layer_norm_eps: read.number('layer_norm_eps', 1e-5),
    feat_extract_norm: read.choice('feat_extract_norm', 'group', { group: 'group', layer: 'layer' } as const),
    feat_extract_activation: read.choice('feat_extract_activation', 'gelu', ACTIVATIONS),
    feat_proj_layer_norm: model_type === 'hubert' ? read.boolean('feat_proj_layer_norm', true) : true,
    conv_dim: read.integers('conv_dim', [512, 512, 512, 512, 512, 512, 512]),
    conv_stride: read.integers('conv_stride', [5, 2, 2, 2, 2, 2, 2]),
    conv_kernel: read.integers('conv_kernel', [10, 3, 3, 3, 3, 2, 2]),
    conv_bias: read.boolean('conv_bias', false),
    num_conv_pos_embeddings: read.integer('num_conv_pos_embeddings', 128, 1),
    num_conv_pos_embedding_groups: read.integer('num_conv_pos_embedding_groups', 16, 1),
    do_stable_layer_norm: read.boolean('do_stable_layer_norm', false),
    apply_spec_augment: read.boolean('apply_spec_augment', true),
    mask_time_prob: read.probability('mask_time_prob', 0.05),
    mask_time_length: read.integer('mask_time_length', 10, 1),
    mask_time_min_masks: read.integer('mask_time_min_masks', 2, 0),
    mask_feature_prob: read.probability('mask_feature_prob', 0),
    mask_feature_length: read.integer('mask_feature_length', 10, 1),
    mask_feature_min_masks: read.integer('mask_feature_min_masks', 0, 0),
    use_weighted_layer_sum: read.boolean('use_weighted_layer_sum', false),
    tie_last_hidden_states: read.boolean('tie_last_hidden_states', false),
    classifier_proj_size: read.integer('classifier_proj_size', 256, 1),
    num_labels: read.integer('num_labels', 2, 1),
    id2label: readLabels(raw as Record<string, unknown>),
    raw: raw as Record<string, unknown>,
  };
  refuse(config, file);
  return config;
}

/**
 * Number of classes in the configuration: from `id2label`, otherwise `num_labels`, otherwise transformers'
 * default of 2.
 */
export function numLabels(config: ModelConfig): number {
  return config.id2label?.length ?? config.num_labels;
}

/**
 * Frames that the feature encoder produces from `samples` samples: floor((n - kernel) / stride) + 1 per
 * layer, as in `_get_feat_extract_output_lengths`. Below 1 when the clip is too short for one frame.
 */
export function frameCount(config: ModelConfig, samples: number): number {
  return config.conv_kernel.reduce(
    (length, kernel, index) => Math.floor((length - kernel) / config.conv_stride[index]!) + 1,
    samples,
  );
}

/** The fewest samples that make one frame (400 for wav2vec2-base). */
export function receptiveField(config: ModelConfig): number {
  return config.conv_kernel.reduceRight(
    (field, kernel, index) => (field - 1) * config.conv_stride[index]! + kernel,
    1,
  );
}

function refuse(config: ModelConfig, file: string): void {
  const fail = (message: string, got?: string): never => {
    throw new EtudeError(message, { got, where: { file } });
  };
  const { raw, conv_dim, conv_kernel, conv_stride, hidden_size } = config;
  if (raw.add_adapter === true)
    fail('sequence classification does not support adapters', 'add_adapter: true');
  if (typeof raw.adapter_attn_dim === 'number')
    fail('attention adapters are not supported', 'adapter_attn_dim');
  if (raw.conv_pos_batch_norm === true)
    fail('batch normalisation in the positional convolution is not supported', 'conv_pos_batch_norm: true');
  if (
    conv_dim.length === 0 ||
    conv_dim.length !== conv_kernel.length ||
    conv_dim.length !== conv_stride.length
  )
    fail(
      'conv_dim, conv_kernel and conv_stride must have the same length, at least 1',
      `${conv_dim.length}, ${conv_kernel.length} and ${conv_stride.length}`,
    );
  if (hidden_size % config.num_attention_heads !== 0)
    fail(
      'hidden_size must be a multiple of num_attention_heads',
      `${hidden_size} and ${config.num_attention_heads}`,
    );
  if (hidden_size % config.num_conv_pos_embedding_groups !== 0)
    fail(
      'hidden_size must be a multiple of num_conv_pos_embedding_groups',
      `${hidden_size} and ${config.num_conv_pos_embedding_groups}`,
    );
}

function readLabels(raw: Record<string, unknown>): string[] | undefined {
  const { id2label } = raw;
  if (typeof id2label !== 'object' || id2label === null) return undefined;
  const entries = Object.entries(id2label);
  const labels = entries.map((_, id) => (id2label as Record<string, unknown>)[String(id)]);
  return labels.every((label) => typeof label === 'string') ? (labels as string[]) : undefined;
}

function reader(raw: Record<string, unknown>, file: string) {
  function get<T>(
    key: string,
    fallback: T | undefined,
    expected: string,
    valid: (value: unknown) => boolean,
  ): T {
    const value = raw[key] ?? fallback;
    if (!valid(value)) {
      throw new EtudeError(`unsupported value of '${key}' in the model configuration`, {
        expected,
        got: value === undefined ? 'nothing' : JSON.stringify(value),
        where: { file },
      });
    }
    return value as T;
  }
  const isInteger = (minimum: number) => (value: unknown) =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= MAX_SIZE;
  return {
    integer: (key: string, fallback: number, minimum: number) =>
      get<number>(key, fallback, `a whole number from ${minimum} to ${MAX_SIZE}`, isInteger(minimum)),
    integers: (key: string, fallback: number[]) =>
      get<number[]>(
        key,
        fallback,
        `a list of whole numbers from 1 to ${MAX_SIZE}`,
        (v) => Array.isArray(v) && v.every(isInteger(1)),
      ),
    number: (key: string, fallback: number) =>
      get<number>(
        key,
        fallback,
        'a number above 0',
        (v) => typeof v === 'number' && v > 0 && Number.isFinite(v),
      ),
    probability: (key: string, fallback: number) =>
      get<number>(key, fallback, 'a number from 0 to 1', (v) => typeof v === 'number' && v >= 0 && v <= 1),
    boolean: (key: string, fallback: boolean) =>
      get<boolean>(key, fallback, 'true or false', (v) => typeof v === 'boolean'),
    choice: <T extends string>(
      key: string,
      fallback: string | undefined,
      choices: Readonly<Record<string, T>>,
    ): T =>
      choices[
        get<string>(
          key,
          fallback,
          Object.keys(choices).join(', '),
          (v) => typeof v === 'string' && Object.hasOwn(choices, v),
        )
      ]!,
  };
}
