import { EtudeError } from '../../util/etude-error.js';
import { ACTIVATIONS } from './activations.js';
import type { ModelConfig } from './config.js';
import { configReader } from './config-reader.js';
import { familyOfType } from './families/index.js';

/**
 * Reads the `config.json` of a checkpoint of one of the families: every value from the file, transformers'
 * default where it is absent or null, unknown keys ignored as transformers ignores them.
 *
 * @param raw The parsed JSON.
 * @param file Its name, for messages.
 * @throws EtudeError for a value of the wrong type, an architecture that does not fit together, or one that
 *   is not supported (adapters, batch norm in the positional convolution).
 */
export function parseConfig(raw: unknown, file = 'config.json'): ModelConfig {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new EtudeError('the model configuration is not a JSON object', { where: { file } });
  }
  const { model_type, family } = familyOfType((raw as Record<string, unknown>).model_type, file);
  const read = configReader(raw as Record<string, unknown>, file);
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
    feat_proj_layer_norm: true,
    conv_dim: read.integers('conv_dim', [512, 512, 512, 512, 512, 512, 512]),
    conv_stride: read.integers('conv_stride', [5, 2, 2, 2, 2, 2, 2]),
    conv_kernel: read.integers('conv_kernel', [10, 3, 3, 3, 3, 2, 2]),
    conv_bias: read.boolean('conv_bias', false),
    num_conv_pos_embeddings: read.integer('num_conv_pos_embeddings', 128, 1),
    num_conv_pos_embedding_groups: read.integer('num_conv_pos_embedding_groups', 16, 1),
    squeeze_factor: 1,
    conv_pos_kernel_size: 0,
    num_buckets: 0,
    max_bucket_distance: 0,
    position_embeddings_type: 'none',
    rotary_embedding_base: 0,
    left_max_position_embeddings: 0,
    right_max_position_embeddings: 0,
    conv_depthwise_kernel_size: 1,
    conformer_conv_dropout: 0,
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
    ...family.read?.(read),
  };
  refuse(config, file);
  return config;
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
  if (raw.use_intermediate_ffn_before_adapter === true)
    fail('sequence classification does not support adapters', 'use_intermediate_ffn_before_adapter: true');
  if (raw.conv_pos_batch_norm === true)
    fail('batch normalisation in the positional convolution is not supported', 'conv_pos_batch_norm: true');
  if (config.spectrogram !== undefined && config.spectrogram.states <= 2 && config.spectrogram.patches)
    fail(
      'max_length and num_mel_bins must be at least patch_size',
      `${config.spectrogram.shape.join(' and ')}, and ${config.spectrogram.patches.size}`,
    );
  if (
    (conv_dim.length === 0 && config.spectrogram === undefined) ||
    conv_dim.length !== conv_kernel.length ||
    conv_dim.length !== conv_stride.length
  )
    fail(
      'conv_dim, conv_kernel and conv_stride must have the same length, at least 1',
      `${conv_dim.length}, ${conv_kernel.length} and ${conv_stride.length}`,
    );
  if (config.num_buckets > 0 && 4 * config.max_bucket_distance <= config.num_buckets)
    fail(
      'max_bucket_distance must be more than a quarter of num_buckets',
      `${config.max_bucket_distance} and ${config.num_buckets}`,
    );
  if (config.conv_depthwise_kernel_size % 2 === 0)
    fail('conv_depthwise_kernel_size must be odd', `${config.conv_depthwise_kernel_size}`);
  if (config.position_embeddings_type === 'rotary' && hidden_size % (2 * config.num_attention_heads) !== 0)
    fail(
      'with rotary positions, hidden_size must be an even multiple of num_attention_heads',
      `${hidden_size} and ${config.num_attention_heads}`,
    );
  if (hidden_size % config.num_attention_heads !== 0)
    fail(
      'hidden_size must be a multiple of num_attention_heads',
      `${hidden_size} and ${config.num_attention_heads}`,
    );
  if (config.spectrogram === undefined && hidden_size % config.num_conv_pos_embedding_groups !== 0)
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
