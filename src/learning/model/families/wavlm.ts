import { convParameters, relativePositionBiasParameters } from '../variants/parameters.js';
import type { Family } from './family.js';

/** Chen et al., 2022, https://arxiv.org/abs/2110.13900: attention sees how far apart two frames are. */
export const wavlm: Family = {
  architecture: 'WavLMForSequenceClassification',
  read: (read) => ({
    num_buckets: read.integer('num_buckets', 320, 4),
    max_bucket_distance: read.integer('max_bucket_distance', 800, 1),
    mask_feature_min_masks: 0,
  }),
  // The lowest layer holds the position bias of all layers.
  firstDroppedLayer: 1,
  positions: convParameters,
  attention: relativePositionBiasParameters,
};
