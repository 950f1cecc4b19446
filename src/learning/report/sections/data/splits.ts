import type { ClipFacts } from '../../data/clip-facts.js';
import type { DataOnPage, DataSplit } from '../../data/read-data.js';
import { table } from '../../page/figure.js';
import { duration } from '../../page/format.js';
import { type Content, type Html, html } from '../../page/html.js';

/** The splits: rows, time, durations, levels and sampling rates. */
export function splitsPart({ splits }: DataOnPage): Html {
  const hasAudio = splits.some(({ clips }) => clips !== undefined);
  const columns = [
    { title: 'Split' },
    { title: 'Rows', numeric: true },
    ...(hasAudio
      ? [
          { title: 'Audio', numeric: true },
          { title: 'Duration, median', numeric: true },
          { title: 'Level, median', numeric: true },
          { title: 'Sampling rate', numeric: true },
        ]
      : []),
  ];
  return table(
    'Splits',
    columns,
    splits.map((split) => [split.name, split.rows, ...(hasAudio ? audioCells(split) : [])]),
  );
}

function audioCells({ clips = [] }: DataSplit): Content[] {
  const facts = clips.filter((clip): clip is ClipFacts => Boolean(clip));
  if (facts.length === 0) return ['–', '–', '–', '–'];
  const durations = facts.map((clip) => clip.duration).sort((a, b) => a - b);
  const levels = facts.map(({ rms }) => rms).sort((a, b) => a - b);
  const level = 20 * Math.log10(middle(levels));
  return [
    duration(durations.reduce((sum, each) => sum + each, 0)),
    html`${duration(middle(durations))} <small>${duration(durations[0])}–${duration(durations.at(-1))}</small>`,
    Number.isFinite(level) ? `${level.toFixed(1)} dB`.replace('-', '\u2212') : 'silence',
    ratesOf(facts),
  ];
}

function middle(sorted: readonly number[]): number {
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** `16 kHz`, or `8 kHz (120), 16 kHz (440)`. */
function ratesOf(facts: readonly ClipFacts[]): string {
  const clips = new Map<number, number>();
  for (const { rate } of facts) clips.set(rate, (clips.get(rate) ?? 0) + 1);
  const rates = [...clips].sort(([a], [b]) => a - b);
  return rates
    .map(([rate, number]) => `${rate / 1000} kHz${rates.length > 1 ? ` (${number})` : ''}`)
    .join(', ');
}
