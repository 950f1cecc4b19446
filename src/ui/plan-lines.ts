import type { PlanRow } from '../pipeline/run/events/watch-events.js';
import { formatDuration } from '../terminal/format.js';
import { clean, fitLine, foldIndented, type Line, span } from '../terminal/line.js';
import { type Cell, table } from '../terminal/table.js';
import { count } from '../util/words.js';

/** Columns at which running text is folded: wider text is hard to read. */
const PROSE = 100;

/** `≈ 2m 03s`; if that is uncertain, `≈ 1m 10s to 3m 20s`. */
function expected(seconds: number, range?: readonly [low: number, high: number]): string {
  const times = range ?? [seconds];
  return `≈ ${times.map(formatDuration).join(' to ')}`;
}

/** The number of hits, then a line for each stage that would run. */
export function planLines(rows: readonly PlanRow[], width: number): Line[] {
  const hits = rows.filter((row) => row.status === 'hit').length;
  const others = rows.filter((row) => row.status !== 'hit');
  if (others.length === 0) return [[span(`${count(hits, 'hit')}: nothing would run`)]];
  const cells = others.map((row): Cell[] => [
    { text: clean(row.id), style: 'bold' },
    { text: clean(row.uses), style: 'dim' },
    { text: row.status, style: row.status === 'run' ? 'green' : 'red' },
    { text: row.because.map(clean).join(', ') || (row.error === undefined ? '' : 'see below') },
    {
      text: row.predictedSeconds === undefined ? '' : expected(row.predictedSeconds, row.predictedRange),
      style: 'dim',
    },
  ]);
  const columns = [
    { title: '' },
    { title: '' },
    { title: '' },
    { title: '', flexible: true },
    { title: '', align: 'right' as const },
  ];
  const lines: Line[] = hits > 0 ? [[span(count(hits, 'hit'))]] : [];
  lines.push(...table(columns, cells, width));
  const known = others.filter((row) => row.predictedSeconds !== undefined);
  if (known.length === others.length && known.length > 1) {
    const total = (of: (row: PlanRow) => number) => known.reduce((sum, row) => sum + of(row), 0);
    const seconds = total((row) => row.predictedSeconds!);
    const [low, high] = [0, 1].map((end) =>
      total((row) => row.predictedRange?.[end] ?? row.predictedSeconds!),
    );
    const range = known.some((row) => row.predictedRange) ? ([low!, high!] as const) : undefined;
    lines.push([span(`${expected(seconds, range)} in total`, 'dim')]);
  }
  for (const { id, error, because } of others) {
    // For a stage after a blocked one, the reason is sufficient.
    if (error === undefined || because.includes(error)) continue;
    lines.push([], [span('✖ ', 'red'), span(clean(id), 'bold')]);
    for (const line of error.split('\n')) {
      lines.push(
        ...foldIndented(line, Math.min(width, PROSE) - 2).map((part): Line => [span('  '), span(part)]),
      );
    }
  }
  return lines.map((line) => fitLine(line, width));
}
