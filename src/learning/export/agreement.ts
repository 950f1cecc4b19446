import { classificationMetrics, predictions } from '../training/metrics.js';
import { multiLabelMetrics } from '../training/multi-label-metrics.js';
import { MAIN_METRIC, type ProblemType } from '../training/problem-type.js';
import { regressionMetrics } from '../training/regression-metrics.js';

/**
 * The logits of fp32 must be the training engine's to this; where they are beyond 1, to this fraction of the
 * largest.
 */
export const TOLERANCE = 1e-4;

/** How a graph's logits compare with the training engine's, over a split. */
export interface Agreement {
  /** The largest difference of two logits. */
  max_difference: number;
  /** That of the training engine's logits that is farthest from 0. */
  largest_logit: number;
  /** The fraction of rows with the same prediction: the class, or all labels; absent in a regression. */
  same_predictions?: number;
  /** The main metric of the problem type, by name, of the graph and of the training engine. */
  metric: string;
  value: number;
  reference: number;
}

/** What predictions are compared with. */
export interface Truth {
  type: ProblemType;
  /** As in `Examples`. */
  labels: readonly number[];
  /** Names of classes, labels or numbers. */
  names: readonly string[];
}

/** Compares logits, [rows, names], with those of the training engine. */
export function compareLogits(logits: Float32Array, reference: Float32Array, truth: Truth): Agreement {
  const { type, names } = truth;
  let max_difference = 0;
  let largest_logit = 0;
  reference.forEach((value, index) => {
    const difference = Math.abs(value - logits[index]!);
    // What is no number differs from everything.
    if (!(difference <= max_difference)) max_difference = Number.isNaN(difference) ? Infinity : difference;
    largest_logit = Math.max(largest_logit, Math.abs(value));
  });
  const [own, expected] = [predicted(logits, truth), predicted(reference, truth)];
  const same = own.filter((prediction, row) => prediction === expected[row]).length;
  return {
    max_difference,
    largest_logit,
    ...(type !== 'regression' && { same_predictions: same / (reference.length / names.length) }),
    metric: MAIN_METRIC[type],
    value: measured(logits, truth),
    reference: measured(reference, truth),
  };
}

/** Whether the logits are the training engine's, but for rounding. */
export function isEqual({ max_difference, largest_logit }: Agreement): boolean {
  return max_difference <= TOLERANCE * Math.max(1, largest_logit);
}

/** A prediction per row that can be compared. */
function predicted(logits: Float32Array, { type, names }: Truth): (number | string)[] {
  if (type === 'single_label_classification') return predictions(logits, names.length).predicted;
  const rows = logits.length / names.length;
  return Array.from({ length: rows }, (_, row) =>
    [...logits.subarray(row * names.length, (row + 1) * names.length)].map((value) => value > 0).join(),
  );
}

function measured(logits: Float32Array, { type, labels, names }: Truth): number {
  switch (type) {
    case 'single_label_classification':
      return classificationMetrics(labels, predictions(logits, names.length).predicted, names).accuracy;
    case 'multi_label_classification':
      return multiLabelMetrics(
        logits,
        labels,
        names.map(() => 0.5),
      ).metrics.mAP;
    case 'regression':
      return regressionMetrics(logits, labels, names.length).mse;
  }
}
