import type { EvaluateParams } from '../../stage/params.js';
import type { Report } from '../data/name-problems.js';
import { classificationMetrics } from './metrics.js';
import { measureOwn, type OwnMetrics } from './own-metrics.js';

/** A metric that `metrics` may name. */
type MetricName =
  | 'accuracy'
  | 'balanced_accuracy'
  | 'f1'
  | 'matthews_corrcoef'
  | 'top_k_accuracy'
  | 'roc_auc'
  | 'ece';

/** What `metrics` measures, and how. */
export interface NamedMetrics extends Pick<EvaluateParams, 'metrics' | 'f1_average' | 'top_k'> {
  /** Loaded, those of `metrics` that are modules. */
  ownMetrics?: OwnMetrics;
}

interface Measured {
  /** Class numbers. */
  labels: readonly number[];
  predicted: readonly number[];
  /** [rows, classes] */
  logits: Float32Array;
  names: readonly string[];
}

/** scikit-learn's default of `top_k_accuracy_score`. */
const TOP_K = 2;

/** Bins of equal width (Guo et al., 2017). */
const BINS = 15;

/**
 * The metrics that `metrics` names, as scikit-learn defines them, of predictions of one class a row; `ece` is
 * the expected calibration error of Guo et al. (2017).
 */
export function namedMetrics({ metrics = [], ownMetrics, ...how }: NamedMetrics, measured: Measured) {
  const { labels, predicted: predictions, logits, names } = measured;
  return Object.fromEntries(
    metrics.map((name) => {
      const own = ownMetrics?.get(name);
      if (own === undefined) return [name, MEASURES[name as MetricName](measured, how)];
      const probabilities = softmax(logits, names.length);
      return [own.name, measureOwn(own, { labels, predictions, probabilities, names })];
    }),
  );
}

/** Options that do not fit the metrics or, if they are known, the classes. */
export function checkMetrics(
  { metrics = [], f1_average, top_k }: NamedMetrics,
  names: readonly string[] | undefined,
  report: Report,
): void {
  if (f1_average !== undefined && !metrics.includes('f1'))
    report({ param: ['f1_average'], message: "f1_average has no effect without 'f1' in metrics" });
  const ranked = metrics.includes('top_k_accuracy');
  if (top_k !== undefined && !ranked)
    report({ param: ['top_k'], message: "top_k has no effect without 'top_k_accuracy' in metrics" });
  if (names === undefined) return;
  if (ranked && (top_k ?? TOP_K) >= names.length)
    report({
      param: top_k === undefined ? ['metrics', metrics.indexOf('top_k_accuracy')] : ['top_k'],
      message: `the ${top_k ?? TOP_K} best of ${names.length} classes always contain the right one`,
      expected: `top_k below ${names.length}, the number of classes`,
    });
  if (f1_average === 'binary' && metrics.includes('f1') && names.length !== 2)
    report({
      param: ['f1_average'],
      message: 'f1_average binary is for two classes',
      expected: 'macro, micro or weighted',
      got: `${names.length} classes`,
    });
}

/** A metric that the rows of a split leave undefined. */
export function checkDefined(
  { metrics = [] }: NamedMetrics,
  { split, labels }: { split: string; labels: readonly number[] },
  report: Report,
): void {
  if (!metrics.includes('roc_auc') || labels.some((label) => label !== labels[0])) return;
  report({
    param: ['metrics', metrics.indexOf('roc_auc')],
    message: `roc_auc is undefined: all rows of split '${split}' are of one class`,
  });
}

const MEASURES: Record<
  MetricName,
  (measured: Measured, how: Omit<NamedMetrics, 'metrics' | 'ownMetrics'>) => number
> = {
  accuracy: ({ labels, predicted, names }) => classificationMetrics(labels, predicted, names).accuracy,

  balanced_accuracy({ labels, predicted, names }) {
    const { classes } = classificationMetrics(labels, predicted, names);
    return mean(classes.filter(({ support }) => support > 0).map(({ recall }) => recall));
  },

  f1({ labels, predicted, names }, { f1_average = 'macro' }) {
    const { accuracy, f1_macro, f1_weighted, classes } = classificationMetrics(labels, predicted, names);
    // Of one class a row, every error is both a false positive and a false negative.
    return { macro: f1_macro, weighted: f1_weighted, micro: accuracy, binary: classes[1]?.f1 ?? 0 }[
      f1_average
    ];
  },

  matthews_corrcoef({ labels, predicted, names }) {
    const { confusion, classes } = classificationMetrics(labels, predicted, names);
    const rows = labels.length;
    const answers = names.map((_, id) => sum(confusion.map((row) => row[id]!)));
    const hits = sum(confusion.map((row, id) => row[id]!));
    const products = sum(classes.map(({ support }, id) => support * answers[id]!));
    const spreadOfLabels = rows * rows - sum(classes.map(({ support }) => support * support));
    const spreadOfAnswers = rows * rows - sum(answers.map((count) => count * count));
    if (spreadOfLabels === 0 || spreadOfAnswers === 0) return 0;
    return (hits * rows - products) / Math.sqrt(spreadOfLabels * spreadOfAnswers);
  },

  top_k_accuracy({ labels, logits, names }, { top_k = TOP_K }) {
    const size = names.length;
    const hits = labels.filter((label, row) => {
      const values = logits.subarray(row * size, (row + 1) * size);
      // Of equal scores, the later class ranks first, as in scikit-learn.
      const before = values.filter(
        (value, id) => value > values[label]! || (value === values[label] && id > label),
      );
      return before.length < top_k;
    });
    return hits.length / labels.length;
  },

  roc_auc({ labels, logits, names }) {
    const scores = softmax(logits, names.length);
    const areaOf = (id: number) =>
      rocArea(
        scores.map((row) => row[id]!),
        labels.map((label) => label === id),
      );
    if (names.length === 2) return areaOf(1);
    const occurring = [...new Set(labels)].sort((one, other) => one - other);
    return mean(occurring.map(areaOf));
  },

  ece({ labels, predicted, logits, names }) {
    const gaps = new Float64Array(BINS);
    softmax(logits, names.length).forEach((row, index) => {
      const confidence = row[predicted[index]!]!;
      // The upper edge belongs to a bin.
      const bin = Math.max(0, Math.ceil(confidence * BINS) - 1);
      gaps[bin]! += confidence - Number(predicted[index] === labels[index]);
    });
    return gaps.reduce((total, gap) => total + Math.abs(gap), 0) / labels.length;
  },
};

/** All that `metrics` may name. */
export const METRIC_NAMES = Object.keys(MEASURES) as readonly MetricName[];

/** Names that a metric of the user's own cannot have. */
export const TAKEN: readonly string[] = [
  ...METRIC_NAMES,
  ...['loss', 'f1_macro', 'f1_weighted', 'worst_group_accuracy'],
];

/**
 * The share of pairs of a row of the class and another one in which the former has the higher score; equal
 * scores count half.
 */
function rocArea(scores: readonly number[], isOfClass: readonly boolean[]): number {
  const order = scores.map((_, row) => row).sort((one, other) => scores[one]! - scores[other]!);
  let others = 0;
  let below = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end += 1;
    const tied = order.slice(start, end);
    const own = tied.filter((row) => isOfClass[row]).length;
    below += own * (others + (tied.length - own) / 2);
    others += tied.length - own;
  }
  return below / (others * (order.length - others));
}

function softmax(logits: Float32Array, classes: number): number[][] {
  return Array.from({ length: logits.length / classes }, (_, row) => {
    const values = Array.from(logits.subarray(row * classes, (row + 1) * classes));
    const most = values.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
    const shares = values.map((value) => Math.exp(value - most));
    const total = sum(shares);
    return shares.map((share) => share / total);
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
