import type { LabelScore } from './scores.js';

/** What became of a clip: its best classes, or why it could not be heard. */
export type Prediction = {
  file: string;
  /** Seconds. */
  duration?: number;
} & ({ scores: LabelScore[] } | { error: string });
