import type { NumbersEvaluation } from '../../other-evaluation.js';
import { figure, table } from '../../page/figure.js';
import { number } from '../../page/format.js';
import { type Html, html, plainText } from '../../page/html.js';
import { draw, Plot, SERIES } from '../../plots/draw.js';
import type { RunOnPage } from '../../section.js';
import { placeOf } from '../listen/card.js';

/** Pictures, dots in each, and rows of the table of residuals. */
const MOST = { pictures: 8, dots: 2000, residuals: 20 };

/** A clip and one of its numbers. */
interface Point {
  row: number;
  windows?: number;
  value: number;
  predicted: number;
  /** Predicted less true. */
  residual: number;
}

/** Predicted against true numbers, for each of them: a picture, their residuals, and the largest of these. */
export async function numbersPart(run: RunOnPage, split: NumbersEvaluation): Promise<Html> {
  const { labels, predictions } = split;
  if (predictions.length === 0) return html``;
  const outputs = labels.map((label, i) => ({
    label,
    points: predictions.map(({ row, windows, value, predicted }): Point => {
      const [truth, guess] = [value[i]!, predicted[i]!];
      return { row, windows, value: truth, predicted: guess, residual: guess - truth };
    }),
  }));
  const columns = ['Number', 'Mean residual', 'Spread of residuals', 'Mean absolute', 'Largest'];
  const rows = outputs.map(({ label, points }) => {
    const residuals = points.map(({ residual }) => residual);
    const mean = meanOf(residuals);
    const spread = Math.sqrt(meanOf(residuals.map((each) => (each - mean) ** 2)));
    const sizes = residuals.map(Math.abs);
    const largest = sizes.reduce((most, each) => Math.max(most, each), 0);
    return [label, ...[mean, spread, meanOf(sizes), largest].map(number)];
  });
  const drawn = outputs.slice(0, MOST.pictures);
  const parts: Html[] = [];
  for (const output of drawn) parts.push(await outputPart(run, split, output));
  return html`${table(
    'Residuals: predicted less true',
    columns.map((title, i) => ({ title, numeric: i > 0 })),
    rows,
  )}
<div class="pair">${parts}</div>${
    drawn.length < outputs.length
      ? html`<p class="note">Pictures of the first ${drawn.length} of ${outputs.length} numbers.</p>`
      : undefined
  }`;
}

async function outputPart(
  run: RunOnPage,
  split: NumbersEvaluation,
  { label, points }: { label: string; points: readonly Point[] },
): Promise<Html> {
  const step = Math.max(1, points.length / MOST.dots);
  const shown = Array.from(
    { length: Math.min(points.length, MOST.dots) },
    (_, i) => points[Math.floor(i * step)]!,
  );
  const all = shown.flatMap(({ value, predicted }) => [value, predicted]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = (high - low) * 0.04 || Math.abs(high) * 0.04 || 1;
  const domain = [low - room, high + room];
  const picture = draw(
    {
      x: { domain, label: 'true' },
      y: { domain, label: 'predicted', grid: true },
      marks: [
        Plot.link([0], {
          x1: domain[0],
          y1: domain[0],
          x2: domain[1],
          y2: domain[1],
          stroke: 'currentColor',
          strokeDasharray: '4 4',
          strokeOpacity: 0.6,
        }),
        Plot.dot(shown, {
          x: 'value',
          y: 'predicted',
          r: 3,
          fill: SERIES[0],
          fillOpacity: 0.6,
          title: ({ row, value, predicted }) =>
            `row ${row}: ${number(value)}, predicted ${number(predicted)}`,
        }),
      ],
    },
    `Predicted against true ${plainText(label)} of split ${split.split}`,
  );
  const worst = [...points]
    .sort((a, b) => Math.abs(b.residual) - Math.abs(a.residual))
    .slice(0, MOST.residuals);
  const rows = [];
  for (const point of worst) {
    const place = placeOf(run, split, point);
    const name = (place && (await run.shelf.nameOf(place))) ?? '–';
    rows.push([point.row, name, number(point.value), number(point.predicted), number(point.residual)]);
  }
  const columns = ['Row', 'Clip', 'True', 'Predicted', 'Residual'].map((title) => ({
    title,
    numeric: title !== 'Clip',
  }));
  const left = shown.length < points.length ? `; ${shown.length} of ${points.length} clips` : '';
  return figure({
    caption: `${label}: predicted against true`,
    picture,
    note: `Dots on the dashed line are right; above it, too much is predicted${left}.`,
    numbers: table(`The largest residuals of ${label}`, columns, rows),
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
