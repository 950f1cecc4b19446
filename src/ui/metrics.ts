import type { MetricName } from '../pipeline/run/run-metrics.js';
import { formatMetric } from '../terminal/format.js';
import { lookUp } from '../util/look-up.js';

/**
 * A table of metrics: one row per split, one column per metric, in the order in which they were reported;
 * accuracy first, loss last.
 */
export interface MetricTable {
  metrics: string[];
  rows: { split: string; values: string[] }[];
}

/** In this order, others before the loss. */
const KNOWN = [
  'accuracy',
  'mAP',
  'worst_group_accuracy',
  'balanced_accuracy',
  'top_k_accuracy',
  'f1_macro',
  'f1_weighted',
  'f1_micro',
  'f1_samples',
  'f1',
  'subset_accuracy',
  'precision',
  'recall',
  'roc_auc',
  'matthews_corrcoef',
  'ece',
  'mse',
  'mae',
  'r2',
  'pearson',
  'loss',
];

/** The metric of most interest: accuracy, otherwise any score, otherwise the loss. */
export function mainMetric(
  metrics: Readonly<Record<string, number>>,
): [name: string, value: number] | undefined {
  const named = Object.entries(metrics).map(([name, value]) => [name.replace(/^eval_/, ''), value] as const);
  const [name, value] =
    named.find(([key]) => key === 'accuracy') ??
    named.find(([key]) => key !== 'loss' && !/runtime|per_second|epoch/.test(key)) ??
    named[0] ??
    [];
  return name === undefined || value === undefined ? undefined : [name, value];
}

/**
 * Metrics as a table.
 *
 * @param metricNames The split and the metric of each; one that is not in it, as in records of earlier
 *   versions, has a row of its own.
 */
export function metricTable(
  metrics: Readonly<Record<string, number>>,
  metricNames: Readonly<Record<string, MetricName>>,
): MetricTable {
  const cells = new Map<string, Map<string, number>>();
  const names = new Set<string>();
  for (const [key, value] of Object.entries(metrics)) {
    const { split, metric } = lookUp(metricNames, key) ?? { split: key, metric: '' };
    const row = cells.get(split) ?? new Map<string, number>();
    row.set(metric, value);
    cells.set(split, row);
    names.add(metric);
  }
  const rank = (name: string) => (KNOWN.includes(name) ? KNOWN.indexOf(name) : KNOWN.length - 1.5);
  const ordered = [...names].sort((a, b) => rank(a) - rank(b));
  const rows = [...cells].map(([split, row]) => ({
    split,
    values: ordered.map((name) => (row.has(name) ? formatMetric(row.get(name) ?? 0) : '')),
  }));
  return { metrics: ordered, rows };
}
