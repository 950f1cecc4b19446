import { formatMetric } from '../terminal/format.js';

/**
 * A table of metrics: one row per split, one column per metric, in the order in which they were reported;
 * accuracy first, loss last.
 */
export interface MetricTable {
  metrics: string[];
  rows: { split: string; values: string[] }[];
}

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
 * Splits `<split>_<metric>` names. Both parts may contain underscores (`unseen_voices_f1_macro`), so known
 * metrics are cut off first; in an unknown name the last word is the metric.
 */
export function metricTable(metrics: Readonly<Record<string, number>>): MetricTable {
  const cells = new Map<string, Map<string, number>>();
  const names = new Set<string>();
  for (const [key, value] of Object.entries(metrics)) {
    const known = KNOWN.filter((name) => key.endsWith(`_${name}`)).sort((a, b) => b.length - a.length)[0];
    const cut = known === undefined ? key.lastIndexOf('_') : key.length - known.length - 1;
    const split = cut < 0 ? '' : key.slice(0, cut);
    const metric = key.slice(cut + 1);
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
