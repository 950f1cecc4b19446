import { convParameters } from '../variants/parameters.js';
import type { Family } from './family.js';

/** Baevski et al., 2020, https://arxiv.org/abs/2006.11477; with XLSR and XLS-R. */
export const wav2vec2: Family = {
  architecture: 'Wav2Vec2ForSequenceClassification',
  positions: convParameters,
};
