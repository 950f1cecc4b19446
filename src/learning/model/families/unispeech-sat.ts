import type { Family } from './family.js';
import { wav2vec2 } from './wav2vec2.js';

/** Chen et al., 2021, https://arxiv.org/abs/2110.05752. */
export const unispeechSat: Family = {
  ...wav2vec2,
  architecture: 'UniSpeechSatForSequenceClassification',
  alwaysMaskEmbedding: true,
};
