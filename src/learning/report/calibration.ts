import type { Prediction } from './evaluation.js';

/** Bins of equal width, as usual for the expected calibration error. */
const BINS = 10;

/** Clips whose scores are in one bin. */
export interface CalibrationBin {
  low: number;
  high: number;
  clips: number;
  /** Mean score. */
  confidence: number;
  /** Share of right predictions. */
  accuracy: number;
}

/**
 * How far the scores of the predicted classes can be taken at their word: bins with clips in them, and the
 * expected calibration error (Guo et al., 2017), the mean distance between score and accuracy over the clips.
 */
export function calibration(predictions: readonly Prediction[]): { bins: CalibrationBin[]; error: number } {
  const bins = Array.from({ length: BINS }, () => ({ clips: 0, scores: 0, right: 0 }));
  for (const { score, label, predicted } of predictions) {
    // A score on a border belongs to the bin below it.
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.ceil(score * BINS) - 1))]!;
    bin.clips += 1;
    bin.scores += score;
    if (label === predicted) bin.right += 1;
  }
  const filled = bins.flatMap(({ clips, scores, right }, i) =>
    clips === 0
      ? []
      : [{ low: i / BINS, high: (i + 1) / BINS, clips, confidence: scores / clips, accuracy: right / clips }],
  );
  const apart = filled.reduce(
    (sum, { clips, confidence, accuracy }) => sum + clips * Math.abs(confidence - accuracy),
    0,
  );
  return { bins: filled, error: apart / predictions.length };
}
