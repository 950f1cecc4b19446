import { formatMetric } from '../../terminal/format.js';
import { clean, foldIndented, type Line, span } from '../../terminal/line.js';
import { type Cell, table } from '../../terminal/table.js';
import { count } from '../../util/words.js';

/** The most groups that are shown, the worst first. */
const SHOWN = 10;

type Interval = [low: number, high: number];

/** What a report says about how far its metrics can be believed; reports of earlier versions lack it. */
export interface Certainty {
  intervals?: { level: number; accuracy: Interval; f1_macro: Interval };
  baseline?: { label: string; accuracy: number };
  groups?: {
    by: string;
    groups: {
      group: string;
      num_rows: number;
      accuracy: number;
      accuracy_interval: Interval;
      f1_macro: number;
    }[];
  }[];
}

/** Intervals and baseline in a sentence each, then a table per grouping. */
export function certaintyLines({ intervals, baseline, groups = [] }: Certainty, width: number): Line[] {
  const sentences: string[] = [];
  if (intervals !== undefined) {
    const [accuracy, f1] = [intervals.accuracy, intervals.f1_macro].map(range);
    sentences.push(`${Math.round(intervals.level * 100)} % intervals: accuracy ${accuracy}, f1 macro ${f1}`);
  }
  if (baseline !== undefined)
    sentences.push(
      `always answering '${clean(baseline.label)}': accuracy ${formatMetric(baseline.accuracy)}`,
    );
  const lines = sentences
    .flatMap((sentence) => foldIndented(`  ${sentence}`, width))
    .map((line): Line => [span(line, 'dim')]);
  if (lines.length > 0) lines.push([]);
  for (const { by, groups: all } of groups) {
    const worst = all.toSorted((a, b) => a.accuracy - b.accuracy || b.num_rows - a.num_rows);
    const rows = worst
      .slice(0, SHOWN)
      .map((each): Cell[] => [
        { text: clean(each.group), style: 'bold' },
        { text: formatMetric(each.accuracy) },
        { text: range(each.accuracy_interval), style: 'dim' },
        { text: formatMetric(each.f1_macro) },
        { text: String(each.num_rows), style: 'dim' },
      ]);
    const columns = ['accuracy', '95 %', 'f1 macro', 'rows'].map((title) => ({
      title,
      align: 'right' as const,
    }));
    lines.push(...table([{ title: clean(by), flexible: true }, ...columns], rows, width, 2));
    if (all.length > SHOWN)
      lines.push([span(`  the worst ${SHOWN} of ${count(all.length, 'group')}`, 'dim')]);
    lines.push([]);
  }
  return lines;
}

function range([low, high]: Interval): string {
  return `${formatMetric(low)}–${formatMetric(high)}`;
}
