import { ACTIVATIONS } from '../activations.js';
import { bertLayerParameters } from '../variants/parameters.js';
import type { Family } from './family.js';
import { WAV2VEC2_NAMES } from './module-names.js';

const POSITIONS = {
  relative: 'relative',
  relative_key: 'relative_key',
  rotary: 'rotary',
} as const;

/** Barrault et al., 2023, https://arxiv.org/abs/2312.05187: a causal Conformer on log-mel features. */
export const wav2vec2Bert: Family = {
  architecture: 'Wav2Vec2BertForSequenceClassification',
  read(read) {
    const row_size = read.integer('feature_projection_input_dim', 160, 1);
    return {
      row_size,
      conv_dim: [row_size],
      conv_stride: [row_size],
      conv_kernel: [row_size],
      // What a frame becomes does not depend on the others.
      feat_extract_norm: 'layer',
      num_conv_pos_embedding_groups: 1,
      hidden_size: read.integer('hidden_size', 1024, 1),
      num_hidden_layers: read.integer('num_hidden_layers', 24, 1),
      num_attention_heads: read.integer('num_attention_heads', 16, 1),
      intermediate_size: read.integer('intermediate_size', 4096, 1),
      hidden_act: read.choice('hidden_act', 'swish', ACTIVATIONS),
      hidden_dropout: read.probability('hidden_dropout', 0),
      activation_dropout: read.probability('activation_dropout', 0),
      attention_dropout: read.probability('attention_dropout', 0),
      classifier_proj_size: read.integer('classifier_proj_size', 768, 1),
      do_stable_layer_norm: false,
      position_embeddings_type: read.isNull('position_embeddings_type')
        ? 'none'
        : read.choice('position_embeddings_type', 'relative_key', POSITIONS),
      rotary_embedding_base: read.integer('rotary_embedding_base', 10_000, 1),
      left_max_position_embeddings: read.integer('left_max_position_embeddings', 64, 0),
      right_max_position_embeddings: read.integer('right_max_position_embeddings', 8, 0),
      conv_depthwise_kernel_size: read.integer('conv_depthwise_kernel_size', 31, 1),
      conformer_conv_dropout: read.probability('conformer_conv_dropout', 0.1),
    };
  },
  // The layers normalise what they give.
  names: { ...WAV2VEC2_NAMES, features: [], norm: undefined },
  features: () => [],
  positions: () => [],
  layer: bertLayerParameters,
};
