/**
 * Metrics of one class, as scikit-learn's `precision_recall_fscore_support` returns them (0 for a division by
 * zero).
 */
export interface ClassMetrics {
  label: string;
  precision: number;
  recall: number;
  f1: number;
  /** Rows of this class. */
  support: number;
}

export interface ClassificationMetrics {
  accuracy: number;
  /**
   * Mean of the classes' F1, over the classes that occur among labels or predictions (scikit-learn's
   * default).
   */
  f1_macro: number;
  /** Mean of the classes' F1, weighted by support. */
  f1_weighted: number;
  classes: ClassMetrics[];
  /** Rows by true class, then by predicted class. */
  confusion: number[][];
}

/** Compares predictions with labels. */
export function classificationMetrics(
  labels: readonly number[],
  predicted: readonly number[],
  names: readonly string[],
): ClassificationMetrics {
  const confusion = names.map(() => names.map(() => 0));
  labels.forEach((label, row) => {
    confusion[label]![predicted[row]!]! += 1;
  });
  const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const column = (id: number) => sum(confusion.map((row) => row[id]!));
  const classes = names.map((label, id): ClassMetrics => {
    const hits = confusion[id]![id]!;
    const support = sum(confusion[id]!);
    const precision = ratio(hits, column(id));
    const recall = ratio(hits, support);
    return { label, precision, recall, f1: ratio(2 * hits, column(id) + support), support };
  });
  const occurring = classes.filter(({ support }, id) => support > 0 || column(id) > 0);
  return {
    accuracy: ratio(sum(classes.map((_, id) => confusion[id]![id]!)), labels.length),
    f1_macro: ratio(sum(occurring.map(({ f1 }) => f1)), occurring.length),
    f1_weighted: ratio(sum(classes.map(({ f1, support }) => f1 * support)), labels.length),
    classes,
    confusion,
  };
}

/**
 * Mean cross-entropy of logits [rows, classes], in float64; with smoothing as in transformers'
 * `LabelSmoother`.
 */
export function crossEntropy(logits: Float32Array, labels: readonly number[], smoothing = 0): number {
  const size = logits.length / labels.length;
  let total = 0;
  labels.forEach((label, row) => {
    const values = logits.subarray(row * size, (row + 1) * size);
    const most = values.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
    const log = most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
    const mean = values.reduce((sum, value) => sum + (log - value), 0) / size;
    total += (1 - smoothing) * (log - values[label]!) + smoothing * mean;
  });
  return total / labels.length;
}

/** The most likely class of each row of logits, and its softmax probability. */
export function predictions(
  logits: Float32Array,
  classes: number,
): { predicted: number[]; scores: number[] } {
  const predicted: number[] = [];
  const scores: number[] = [];
  for (let start = 0; start < logits.length; start += classes) {
    const values = logits.subarray(start, start + classes);
    let best = 0;
    values.forEach((value, id) => {
      if (value > values[best]!) best = id;
    });
    predicted.push(best);
    scores.push(1 / values.reduce((sum, value) => sum + Math.exp(value - values[best]!), 0));
  }
  return { predicted, scores };
}

/** Softmax of each row of logits, to six significant digits: enough for curves, and short in a report. */
export function classScores(logits: Float32Array, classes: number): number[][] {
  return Array.from({ length: logits.length / classes }, (_, row) => {
    const values = Array.from(logits.subarray(row * classes, (row + 1) * classes));
    const most = Math.max(...values);
    const shares = values.map((value) => Math.exp(value - most));
    const sum = shares.reduce((total, share) => total + share, 0);
    return shares.map((share) => Number((share / sum).toPrecision(6)));
  });
}
