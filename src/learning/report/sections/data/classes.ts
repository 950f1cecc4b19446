import type { DataOnPage, DataSplit } from '../../data/read-data.js';
import { figure, table } from '../../page/figure.js';
import { type Html, html, plainText } from '../../page/html.js';
import { draw, Plot, SERIES } from '../../plots/draw.js';
import { drawnNames } from '../../plots/drawn-names.js';

/** Classes in the picture: those with the fewest rows. */
const MOST_DRAWN = 40;

/** Rows of each class, by split. */
export function classesPart({ splits, labels }: DataOnPage): Html {
  if (labels === undefined) return html``;
  const counts = splits.map((split) => countsOf(split, labels.length));
  const total = (id: number) => counts.reduce((sum, of) => sum + of[id]!, 0);
  const none = splits.reduce(
    (sum, { classes = [] }) => sum + classes.filter((each) => each === null).length,
    0,
  );
  const ids = labels.map((_, id) => id);
  const drawn = ids
    .sort((a, b) => total(a) - total(b))
    .slice(0, MOST_DRAWN)
    .reverse();
  const { names, margin } = drawnNames(drawn.map((id) => labels[id]!));
  const bars = drawn.flatMap((id, i) =>
    splits.map(({ name }, color) => ({ name: names[i]!, rows: counts[color]![id]!, color, split: name })),
  );
  const picture = draw(
    {
      height: 60 + 22 * drawn.length,
      marginLeft: margin,
      x: { grid: true, label: 'rows' },
      y: { domain: names, label: null, tickSize: 0 },
      color: { type: 'identity' },
      marks: [
        Plot.barX(bars, {
          x: 'rows',
          y: 'name',
          fill: ({ color }: { color: number }) => SERIES[color % SERIES.length],
          title: ({ split, rows }: { split: string; rows: number }) => `${plainText(split)}: ${rows}`,
        }),
      ],
    },
    `Rows of ${drawn.length} classes by split`,
  );
  const columns = [
    { title: 'Class' },
    ...splits.map(({ name }) => ({ title: html`<bdi>${name}</bdi>`, numeric: true })),
    { title: 'All', numeric: true },
  ];
  const rows = labels.map((label, id) => [label, ...counts.map((of) => of[id]), total(id)]);
  const empty = labels.filter((_, id) => total(id) === 0).length;
  const notes = [
    empty > 0 ? `${empty} of ${labels.length} classes ${empty === 1 ? 'has' : 'have'} no rows.` : '',
    none > 0 ? `${none} ${none === 1 ? 'row has' : 'rows have'} no class.` : '',
  ];
  return figure({
    caption: drawn.length < labels.length ? `The ${drawn.length} classes with the fewest rows` : 'Classes',
    picture,
    legend: splits.map(({ name }, color) => ({ name, color: (color % SERIES.length) + 1 })),
    note: notes.some(Boolean) ? notes.filter(Boolean).join(' ') : undefined,
    numbers: table('Rows by class', columns, rows),
  });
}

function countsOf({ classes = [] }: DataSplit, number: number): number[] {
  const counts = new Array<number>(number).fill(0);
  for (const id of classes) if (id !== null && id in counts) counts[id]! += 1;
  return counts;
}
