import type { ClassCounts, Durations } from '../../project/dataset-summary.js';
import { formatDuration } from '../../terminal/format.js';
import { clean, type Line, span } from '../../terminal/line.js';
import { type Cell, table, tablesThatFit } from '../../terminal/table.js';
import { columnsOfValues } from './waveform.js';

/** Classes that are shown: the most frequent ones. */
const MOST_CLASSES = 40;
/** Columns of the longest bar, and of that in a narrow terminal. */
const BAR = 24;
const NARROW_BAR = 8;
/** Parts of a histogram of durations. */
const BINS = 24;

/** A bar for each class, the most frequent first, and its rows split by split. */
export function classLines(
  { column, classes }: ClassCounts,
  splits: readonly string[],
  width: number,
): Line[] {
  const all = classes.map(({ label, rows }) => ({
    label,
    rows,
    total: splits.reduce((sum, split) => sum + (rows[split] ?? 0), 0),
  }));
  const most = Math.max(1, ...all.map(({ total }) => total));
  const bar = width < 60 ? NARROW_BAR : BAR;
  const shown = [...all].sort((a, b) => b.total - a.total).slice(0, MOST_CLASSES);
  const cells = shown.map(({ label, rows, total }): Cell[] => [
    { text: clean(label), style: 'bold' },
    { text: '█'.repeat(Math.ceil((total / most) * bar)) || '·', style: total === 0 ? 'dim' : 'cyan' },
    ...splits.map((split) => ({ text: String(rows[split] ?? 0) })),
  ]);
  const columns = [
    { title: clean(column), flexible: true },
    { title: '' },
    ...splits.map((split) => ({ title: clean(split), align: 'right' as const })),
  ];
  const rest = all.length - shown.length;
  return [
    ...table(columns, cells, width),
    ...(rest > 0 ? [[span(`and ${rest} classes with fewer rows`, 'dim')]] : []),
  ];
}

/** The clips of each split: how many, how long, and how their durations are distributed. */
export function durationLines(durations: readonly Durations[], width: number): Line[] {
  const known = durations.flatMap(({ seconds }) => seconds);
  if (known.length === 0) return [];
  const least = known.reduce((low, each) => Math.min(low, each), Number.POSITIVE_INFINITY);
  const most = known.reduce((high, each) => Math.max(high, each), 0);
  const step = (most - least) / BINS;
  const rows = durations.map(({ column, split, seconds }): Cell[] => {
    const sorted = [...seconds].sort((a, b) => a - b);
    const counts = new Array<number>(step === 0 ? 1 : BINS).fill(0);
    for (const each of sorted)
      counts[Math.min(counts.length - 1, Math.floor((each - least) / (step || 1)))]! += 1;
    const at = (share: number) => `${(sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2)} s`;
    return [
      { text: `${clean(split)} ${clean(column)}`, style: 'bold' },
      { text: String(sorted.length) },
      { text: formatDuration(sorted.reduce((sum, each) => sum + each, 0)) },
      ...(sorted.length === 0 ? ['', '', ''] : [at(0), at(0.5), at(1)]).map((text) => ({ text })),
      { text: columnsOfValues(counts), style: 'cyan' },
    ];
  });
  const titles = ['clips', 'in all', 'shortest', 'median', 'longest'];
  return tablesThatFit(
    [
      { title: 'audio' },
      ...titles.map((title) => ({ title, align: 'right' as const })),
      { title: step === 0 ? '' : `${least.toFixed(1)} to ${most.toFixed(1)} s` },
    ],
    rows,
    width,
  );
}
