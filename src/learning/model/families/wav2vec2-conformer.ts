import { conformerLayerParameters, convParameters, rotaryParameters } from '../variants/parameters.js';
import type { Family } from './family.js';

const POSITIONS = { relative: 'relative', rotary: 'rotary', none: 'none' } as const;

/**
 * Wang et al., 2021, https://arxiv.org/abs/2010.05171; Gulati et al., 2020, https://arxiv.org/abs/2005.08100.
 */
export const wav2vec2Conformer: Family = {
  architecture: 'Wav2Vec2ConformerForSequenceClassification',
  read: (read) => ({
    // The states that leave the last layer are normalised, those that enter the first are not.
    do_stable_layer_norm: true,
    position_embeddings_type: read.isNull('position_embeddings_type')
      ? 'none'
      : read.choice('position_embeddings_type', 'relative', POSITIONS),
    rotary_embedding_base: read.integer('rotary_embedding_base', 10_000, 1),
    conv_depthwise_kernel_size: read.integer('conv_depthwise_kernel_size', 31, 1),
    conformer_conv_dropout: read.probability('conformer_conv_dropout', 0.1),
  }),
  seesPadding: true,
  // transformers has them, and makes nothing of them.
  unused: ['encoder.pos_conv_embed.'],
  positions: (config) => [...convParameters(config), ...rotaryParameters(config)],
  layer: conformerLayerParameters,
};
