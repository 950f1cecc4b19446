import type { Family } from './family.js';
import { wav2vec2 } from './wav2vec2.js';

/** Wang et al., 2021, https://arxiv.org/abs/2101.07597. */
export const unispeech: Family = { ...wav2vec2, architecture: 'UniSpeechForSequenceClassification' };
