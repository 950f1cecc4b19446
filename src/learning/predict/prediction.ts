import type { LabelScore } from './scores.js';

/** The result for a clip: its best classes, or why it could not be classified. */
export type Prediction = {
  file: string;
  /** Seconds. */
  duration?: number;
  /** How many windows it was cut into, if it was. */
  windows?: number;
} & ({ scores: LabelScore[] } | { error: string });
