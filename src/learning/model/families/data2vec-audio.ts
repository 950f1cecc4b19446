import { convStackParameters } from '../variants/parameters.js';
import type { Family } from './family.js';

/** Baevski et al., 2022, https://arxiv.org/abs/2202.03555. */
export const data2vecAudio: Family = {
  architecture: 'Data2VecAudioForSequenceClassification',
  read: (read) => ({
    feat_extract_norm: 'layer',
    do_stable_layer_norm: false,
    num_conv_pos_embeddings: read.integer('num_conv_pos_embeddings', 5, 1),
    conv_pos_kernel_size: read.integer('conv_pos_kernel_size', 19, 1),
  }),
  seesPadding: true,
  positions: convStackParameters,
};
