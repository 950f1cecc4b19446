import { convParameters } from '../variants/parameters.js';
import type { Family } from './family.js';

/** Hsu et al., 2021, https://arxiv.org/abs/2106.07447; with DistilHuBERT. */
export const hubert: Family = {
  architecture: 'HubertForSequenceClassification',
  read: (read) => ({ feat_proj_layer_norm: read.boolean('feat_proj_layer_norm', true) }),
  usualInit: true,
  positions: convParameters,
};
