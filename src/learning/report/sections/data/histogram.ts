import type { ClipFacts } from '../../data/clip-facts.js';
import type { DataOnPage } from '../../data/read-data.js';
import { figure, table } from '../../page/figure.js';
import { number } from '../../page/format.js';
import { type Html, html, plainText } from '../../page/html.js';
import { draw, Plot, SERIES } from '../../plots/draw.js';

const BINS = 24;

interface Shown {
  caption: string;
  /** Of the horizontal axis. */
  label: string;
  of(clip: ClipFacts): number | undefined;
}

/** How a number of the clips is distributed, split by split on top of each other. */
export function histogramPart({ splits }: DataOnPage, { caption, label, of }: Shown): Html {
  const values = splits.map(({ clips = [] }) => clips.flatMap((clip) => (clip ? (of(clip) ?? []) : [])));
  const all = values.flat();
  if (all.length === 0) return html``;
  const { low, width } = binsOf(all);
  const most = all.reduce((highest, value) => Math.max(highest, value), low);
  const end = Math.floor((most - low) / width) + 1;
  const bins = Array.from({ length: end }, (_, i) => ({ from: low + i * width, to: low + (i + 1) * width }));
  const counts = values.map((own) => {
    const clips = new Array<number>(end).fill(0);
    for (const value of own) clips[Math.floor((value - low) / width)]! += 1;
    return clips;
  });
  const bars = counts.flatMap((clips, color) =>
    bins.map((bin, i) => ({ ...bin, clips: clips[i]!, color, split: splits[color]!.name })),
  );
  const picture = draw(
    {
      x: { label, domain: [low, low + end * width] },
      y: { grid: true, label: 'clips' },
      color: { type: 'identity' },
      marks: [
        Plot.rectY(
          bars.filter(({ clips }) => clips > 0),
          {
            x1: 'from',
            x2: 'to',
            y: 'clips',
            fill: ({ color }: { color: number }) => SERIES[color % SERIES.length],
            inset: 0.5,
            title: ({ split, clips, from, to }: (typeof bars)[number]) =>
              `${plainText(split)}: ${clips} from ${number(from)} to ${number(to)}`,
          },
        ),
        Plot.ruleY([0], { strokeOpacity: 0.3 }),
      ],
    },
    `${caption} of ${all.length} clips`,
  );
  const columns = ['From', 'To', ...splits.map(({ name }) => html`<bdi>${name}</bdi>`)].map((title) => ({
    title,
    numeric: true,
  }));
  const rows = bins.flatMap(({ from, to }, i) =>
    counts.some((clips) => clips[i]! > 0)
      ? [[number(from), number(to), ...counts.map((clips) => clips[i])]]
      : [],
  );
  return figure({
    caption,
    picture,
    legend:
      splits.length > 1
        ? splits.map(({ name }, color) => ({ name, color: (color % SERIES.length) + 1 }))
        : [],
    numbers: table(`${caption}: clips`, columns, rows),
  });
}

/** Bins of a round width that contain all values. */
function binsOf(values: readonly number[]): { low: number; width: number } {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  // Values that hardly differ are not spread out.
  const exact = Math.max((most - least) / (BINS - 1), Math.max(Math.abs(least), Math.abs(most)) / 100, 1e-3);
  const unit = 10 ** Math.floor(Math.log10(exact));
  const width = [1, 2, 2.5, 5, 10].map((times) => times * unit).find((each) => each >= exact)!;
  return { low: Math.floor(least / width) * width, width };
}
