import type { SplitEvaluation } from '../../evaluation.js';
import type { LabelsEvaluation } from '../../other-evaluation.js';
import { figure, table } from '../../page/figure.js';
import { score } from '../../page/format.js';
import { type Html, html } from '../../page/html.js';
import { draw, Plot, SERIES } from '../../plots/draw.js';
import { drawnNames } from '../../plots/drawn-names.js';

/** Classes in the picture: those with the lowest F1, for a picture of hundreds shows none of them. */
const MOST_DRAWN = 40;

const MEASURES = ['precision', 'recall', 'f1'] as const;

type Evaluation = Pick<SplitEvaluation | LabelsEvaluation, 'classes' | 'split'>;

/**
 * Precision, recall, F1 and support of each class, the weakest first in the picture; where a clip may have
 * several labels, also average precision and threshold.
 */
export function classesPart({ classes, split }: Evaluation): Html {
  if (classes.length === 0) return html``;
  const rows = classes.map((each) => [
    each.label,
    score(each.precision),
    score(each.recall),
    score(each.f1),
    ...('threshold' in each ? [score(each.average_precision), String(each.threshold)] : []),
    each.support,
  ]);
  const [noun, nouns, more] = classes.some((each) => 'threshold' in each)
    ? ['label', 'labels', ['Average precision', 'Threshold']]
    : ['class', 'classes', []];
  const titles = [sentence(noun), 'Precision', 'Recall', 'F1', ...more, 'Support'];
  const columns = titles.map((title, i) => ({ title, numeric: i > 0 }));
  const numbers = table(`Measures by ${noun}`, columns, rows);
  const occurring = classes.filter(({ support }) => support > 0);
  const drawn = [...occurring].sort((a, b) => a.f1 - b.f1).slice(0, MOST_DRAWN);
  if (drawn.length === 0) return numbers;
  const { names, margin } = drawnNames(drawn.map(({ label }) => label));
  const marks = drawn.flatMap((each, i) =>
    MEASURES.map((measure, color) => ({ name: names[i]!, x: each[measure], color })),
  );
  const picture = draw(
    {
      height: 60 + 22 * drawn.length,
      marginLeft: margin,
      x: { domain: [0, 1], grid: true, label: null, nice: false },
      y: { domain: names, label: null, tickSize: 0 },
      marks: [
        Plot.link(drawn, {
          y: (_, i) => names[i],
          x1: ({ precision, recall }) => Math.min(precision, recall),
          x2: ({ precision, recall }) => Math.max(precision, recall),
          stroke: 'currentColor',
          strokeOpacity: 0.35,
          strokeWidth: 2,
        }),
        ...MEASURES.map((measure, color) =>
          Plot.dot(
            marks.filter((mark) => mark.color === color),
            {
              x: 'x',
              y: 'name',
              r: measure === 'f1' ? 5 : 3.5,
              symbol: (['triangle', 'square', 'circle'] as const)[color],
              fill: SERIES[color],
              title: ({ x }: { x: number }) => `${measure} ${score(x)}`,
            },
          ),
        ),
      ],
    },
    `Precision, recall and F1 of ${drawn.length} ${nouns} of split ${split}, the lowest F1 first`,
  );
  return figure({
    caption:
      drawn.length < occurring.length
        ? `The ${drawn.length} ${nouns} with the lowest F1`
        : `${sentence(nouns)}, the lowest F1 first`,
    picture,
    legend: MEASURES.map((name, color) => ({ name: name === 'f1' ? 'F1' : name, color: color + 1 })),
    numbers,
  });
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
