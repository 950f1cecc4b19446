/** Metrics of one label, as scikit-learn computes them (0 for a division by zero). */
export interface LabelMetrics {
  precision: number;
  recall: number;
  f1: number;
  average_precision: number;
  /** Rows that have it. */
  support: number;
}

export interface MultiLabelMetrics {
  /**
   * `mAP` is the mean of the labels' average precision; `f1_samples` the mean of the rows' F1;
   * `subset_accuracy` the share of rows whose labels are all right.
   */
  metrics: Record<'mAP' | 'f1_micro' | 'f1_macro' | 'f1_samples' | 'subset_accuracy', number>;
  labels: LabelMetrics[];
  /** 0 or 1, [rows, labels]. */
  predicted: number[];
  /** Probabilities, [rows, labels]. */
  scores: number[];
}

interface Counts {
  hits: number;
  predicted: number;
  support: number;
}

/**
 * Compares logits with labels (0 or 1), [rows, labels] each. A label is predicted if its probability, the
 * sigmoid of its logit, is above its threshold.
 */
export function multiLabelMetrics(
  logits: Float32Array,
  truth: readonly number[],
  thresholds: readonly number[],
): MultiLabelMetrics {
  const size = thresholds.length;
  const rows = truth.length / size;
  const scores = Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  const predicted = scores.map((score, index) => Number(score > thresholds[index % size]!));
  const none = (): Counts => ({ hits: 0, predicted: 0, support: 0 });
  const all = none();
  const byLabel = thresholds.map(none);
  const byRow = Array.from({ length: rows }, none);
  truth.forEach((label, index) => {
    for (const counts of [all, byLabel[index % size]!, byRow[Math.floor(index / size)]!]) {
      counts.hits += label * predicted[index]!;
      counts.predicted += predicted[index]!;
      counts.support += label;
    }
  });
  const labels = byLabel.map((counts, id): LabelMetrics => {
    const of = (values: ArrayLike<number>) =>
      Array.from({ length: rows }, (_, row) => values[row * size + id]!);
    return {
      precision: ratio(counts.hits, counts.predicted),
      recall: ratio(counts.hits, counts.support),
      f1: f1Of(counts),
      // Of logits: the sigmoid of large ones is the same number.
      average_precision: averagePrecision(of(logits), of(truth)),
      support: counts.support,
    };
  });
  const metrics = {
    mAP: mean(labels.map(({ average_precision }) => average_precision)),
    f1_micro: f1Of(all),
    f1_macro: mean(labels.map(({ f1 }) => f1)),
    f1_samples: mean(byRow.map(f1Of)),
    subset_accuracy: mean(
      byRow.map(({ hits, predicted, support }) => Number(hits === predicted && hits === support)),
    ),
  };
  return { metrics, labels, predicted, scores };
}

/**
 * Precision at each distinct score, from the highest down, weighted by the rise in recall; 0 if no row has
 * the label.
 */
export function averagePrecision(scores: readonly number[], truth: readonly number[]): number {
  const order = scores.map((_, row) => row).sort((one, other) => scores[other]! - scores[one]!);
  const support = truth.reduce((sum, label) => sum + label, 0);
  let hits = 0;
  let before = 0;
  let total = 0;
  order.forEach((row, index) => {
    hits += truth[row]!;
    const next = order[index + 1];
    // Rows of the same score have no order.
    if (next !== undefined && scores[next] === scores[row]) return;
    total += ((hits - before) * hits) / (index + 1);
    before = hits;
  });
  return ratio(total, support);
}

function f1Of({ hits, predicted, support }: Counts): number {
  return ratio(2 * hits, predicted + support);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function mean(values: readonly number[]): number {
  return ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );
}
