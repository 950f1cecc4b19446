import { type ClassCurves, type CurvePoint, classCurves } from '../../curves.js';
import { figure, table } from '../../page/figure.js';
import { score } from '../../page/format.js';
import { type Html, html, plainText } from '../../page/html.js';
import { draw, Plot, SERIES } from '../../plots/draw.js';

/** Curves in a picture: those of the classes with the lowest average precision. */
const MOST_CURVES = 12;
/** Points of a drawn curve. */
const MOST_POINTS = 120;

interface LabelledCurves extends ClassCurves {
  label: string;
}

interface Scored {
  split: string;
  labels: readonly string[];
  /** A clip's class, or the labels that it has. */
  predictions: readonly { label: string | readonly string[]; scores?: readonly number[] }[];
}

/** Precision-recall and ROC curves, one class against the rest; needs the scores of all classes. */
export function curvesPart({ labels, predictions, split }: Scored): Html {
  if (predictions.length === 0 || predictions.some(({ scores }) => scores === undefined)) return html``;
  const curves = labels.flatMap((label, id): LabelledCurves[] => {
    const scores = predictions.map((clip) => clip.scores![id]!);
    const found = classCurves(
      scores,
      predictions.map((clip) =>
        typeof clip.label === 'string' ? clip.label === label : clip.label.includes(label),
      ),
    );
    return found === undefined ? [] : [{ label, ...found }];
  });
  if (curves.length === 0) return html``;
  const weakest = [...curves].sort((a, b) => a.averagePrecision - b.averagePrecision);
  const drawn = weakest.slice(0, MOST_CURVES);
  const columns = ['Class', 'Average precision', 'Area under ROC'].map((title, i) => ({
    title,
    numeric: i > 0,
  }));
  const rows = weakest.map(({ label, averagePrecision, auc }) => [
    label,
    score(averagePrecision),
    score(auc),
  ]);
  const numbers = table('Curves by class', columns, rows);
  const note =
    drawn.length < curves.length
      ? `The ${drawn.length} of ${curves.length} classes with the lowest average precision; the lowest is highlighted.`
      : 'One curve per class; that with the lowest average precision is highlighted.';
  return html`${figure({
    caption: 'Precision and recall, one class against the rest',
    picture: drawCurves(drawn, 'recall', 'precision', `Precision-recall curves of split ${split}`),
    note,
    numbers,
  })}${figure({
    caption: 'ROC, one class against the rest',
    picture: drawCurves(drawn, 'fall_out', 'recall', `ROC curves of split ${split}`),
    note,
    numbers,
  })}`;
}

function drawCurves(
  drawn: readonly LabelledCurves[],
  x: keyof CurvePoint,
  y: keyof CurvePoint,
  label: string,
): Html {
  const start = { recall: 0, precision: 1, fall_out: 0 };
  const lines = drawn.map((curves, i) =>
    Plot.line(thinned([start, ...curves.points]), {
      x,
      y,
      curve: x === 'recall' ? 'step-before' : 'linear',
      stroke: i === 0 ? SERIES[1] : SERIES[0],
      strokeOpacity: i === 0 ? 1 : 0.45,
      strokeWidth: i === 0 ? 2.5 : 1.5,
      title: () => `${plainText(curves.label)}: average precision ${score(curves.averagePrecision)}`,
    }),
  );
  const axis = (name: keyof CurvePoint) => (name === 'fall_out' ? 'false positive rate' : name);
  return draw(
    {
      x: { domain: [0, 1], label: axis(x) },
      y: { domain: [0, 1], label: axis(y), grid: true },
      // The highlighted one on top.
      marks: lines.reverse(),
    },
    label,
  );
}

/** Evenly chosen points, the last included. */
function thinned(points: readonly CurvePoint[]): CurvePoint[] {
  const step = Math.max(1, points.length / MOST_POINTS);
  const chosen: CurvePoint[] = [];
  for (let at = 0; at < points.length - 1; at += step) chosen.push(points[Math.floor(at)]!);
  return [...chosen, points.at(-1)!];
}
