import { type ClipsOfRows, measuredClips, measuredRow } from './clips-of-rows.js';
import { BinaryCrossEntropy } from './losses/binary-cross-entropy.js';
import { multiLabelMetrics } from './multi-label-metrics.js';
import { regressionMetrics } from './regression-metrics.js';

/** The result of evaluating a split whose clips have several labels, or numbers. */
export interface SplitReport {
  metrics: Record<string, number>;
  /** JSON: the metrics, and a prediction per row. */
  report: string;
}

/** What a model answered to the rows of a split, or to the clips that they are windows of. */
interface Outcome {
  split: string;
  num_rows: number;
  /** [rows or clips, labels], and those that the loss is computed from. */
  logits: Float32Array;
  means: Float32Array;
  /** What they have, in the same shape. */
  labels: readonly number[];
  names: readonly string[];
  clips?: ClipsOfRows;
}

/** The text of a report: its fields in one line each, but lists of objects or lists with a line for each. */
export function formatReport(parts: readonly Readonly<Record<string, unknown>>[]): string {
  const format = (value: unknown) =>
    Array.isArray(value) && value.some((item) => typeof item === 'object')
      ? `[\n    ${value.map((item) => JSON.stringify(item)).join(',\n    ')}\n  ]`
      : JSON.stringify(value);
  const fields = parts.flatMap((part) => Object.entries(part));
  return `{\n${fields.map(([name, value]) => `  "${name}": ${format(value)}`).join(',\n')}\n}\n`;
}

/** The report on a split whose clips may have several labels. */
export function labelsReport(
  { split, num_rows, logits, means, labels: truth, names, clips }: Outcome,
  thresholds: readonly number[] = names.map(() => 0.5),
): SplitReport {
  const { metrics: own, labels, predicted, scores } = multiLabelMetrics(logits, truth, thresholds);
  const { loss } = new BinaryCrossEntropy(names.length).measure(means, truth);
  const metrics = { loss: loss!, ...own };
  const classes = labels.map((one, id) => ({ label: names[id], threshold: thresholds[id], ...one }));
  const of = (values: readonly number[], row: number) =>
    values.slice(row * names.length, (row + 1) * names.length);
  const named = (values: readonly number[]) => names.filter((_, id) => values[id] === 1);
  const predictions = Array.from({ length: truth.length / names.length }, (_, row) => ({
    ...measuredRow(row, clips),
    labels: named(of(truth, row)),
    predicted: named(of(predicted, row)),
    scores: of(scores, row),
  }));
  return {
    metrics,
    report: formatReport([
      { split, num_rows, ...measuredClips(clips) },
      { metrics, labels: names, classes, predictions },
    ]),
  };
}

/** The report on a split whose clips have numbers. */
export function numbersReport({
  split,
  num_rows,
  logits,
  labels: truth,
  names,
  clips,
}: Outcome): SplitReport {
  const own = regressionMetrics(logits, truth, names.length);
  const metrics = { loss: own.mse, ...own };
  const of = (values: ArrayLike<number>, row: number) =>
    names.length === 1 ? values[row] : names.map((_, id) => values[row * names.length + id]);
  const predictions = Array.from({ length: truth.length / names.length }, (_, row) => ({
    ...measuredRow(row, clips),
    value: of(truth, row),
    predicted: of(logits, row),
  }));
  const size = { split, num_rows, ...measuredClips(clips) };
  return { metrics, report: formatReport([size, { metrics, labels: names, predictions }]) };
}
