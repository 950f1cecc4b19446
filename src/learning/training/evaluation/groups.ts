import { classificationMetrics } from '../metrics.js';
import { bootstrapIntervals, type Interval } from './bootstrap-intervals.js';

/** What a split's rows are grouped by, and the group of each row. */
export interface Grouping {
  by: string;
  groups: readonly string[];
}

/** The metrics of the rows of one group. */
export interface GroupMetrics {
  group: string;
  num_rows: number;
  accuracy: number;
  accuracy_interval: Interval;
  f1_macro: number;
}

/** The metrics of each group, and the group with the lowest accuracy (of equals, the largest). */
export interface GroupReport {
  by: string;
  worst: string;
  groups: GroupMetrics[];
}

/** Metrics per group, the groups in order of first appearance. */
export function groupReport(
  { by, groups }: Grouping,
  { labels, predicted }: { labels: readonly number[]; predicted: readonly number[] },
  { names, seed, stream }: { names: readonly string[]; seed: number; stream: string },
): GroupReport {
  const rowsOf = new Map<string, number[]>();
  groups.forEach((group, row) => {
    const rows = rowsOf.get(group);
    if (rows === undefined) rowsOf.set(group, [row]);
    else rows.push(row);
  });
  const measured = [...rowsOf].map(([group, rows]): GroupMetrics => {
    const own = rows.map((row) => labels[row]!);
    const answers = rows.map((row) => predicted[row]!);
    const { accuracy, f1_macro } = classificationMetrics(own, answers, names);
    const options = { classes: names.length, seed, stream: JSON.stringify([stream, by, group]) };
    const { accuracy: accuracy_interval } = bootstrapIntervals(own, answers, options);
    return { group, num_rows: rows.length, accuracy, accuracy_interval, f1_macro };
  });
  const worst = measured.reduce((lowest, each) =>
    each.accuracy < lowest.accuracy || (each.accuracy === lowest.accuracy && each.num_rows > lowest.num_rows)
      ? each
      : lowest,
  );
  return { by, worst: worst.group, groups: measured };
}

/**
 * The bin of each duration, by edges in ascending order, all in seconds: `< 1 s`, `1–2 s`, `≥ 2 s`; the lower
 * edge belongs to a bin.
 */
export function durationBins(seconds: readonly number[], edges: readonly number[]): string[] {
  return seconds.map((value) => {
    const bin = edges.filter((edge) => edge <= value).length;
    if (bin === 0) return `< ${edges[0]} s`;
    return bin === edges.length ? `≥ ${edges.at(-1)} s` : `${edges[bin - 1]}–${edges[bin]} s`;
  });
}
