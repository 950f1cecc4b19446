import { calibration } from '../../calibration.js';
import type { SplitEvaluation } from '../../evaluation.js';
import { figure, table } from '../../page/figure.js';
import { score } from '../../page/format.js';
import { type Html, html } from '../../page/html.js';
import { draw, Plot, SERIES } from '../../plots/draw.js';

/** A reliability diagram: of clips with a score of about 0.8, about 80 % should be right. */
export function calibrationPart({ predictions, split }: SplitEvaluation): Html {
  if (predictions.length === 0) return html``;
  const { bins, error } = calibration(predictions);
  const most = Math.max(...bins.map(({ clips }) => clips));
  const picture = draw(
    {
      x: { domain: [0, 1], label: 'score of the predicted class' },
      y: { domain: [0, 1], label: 'share of right predictions', grid: true },
      marks: [
        Plot.link([0], {
          x1: 0,
          y1: 0,
          x2: 1,
          y2: 1,
          stroke: 'currentColor',
          strokeDasharray: '4 4',
          strokeOpacity: 0.6,
        }),
        Plot.ruleX(bins, {
          x: 'confidence',
          y1: 'confidence',
          y2: 'accuracy',
          stroke: SERIES[1],
          strokeWidth: 2,
        }),
        Plot.dot(bins, {
          x: 'confidence',
          y: 'accuracy',
          r: ({ clips }: { clips: number }) => 3 + 7 * Math.sqrt(clips / most),
          fill: SERIES[0],
          title: ({ clips, confidence, accuracy }) =>
            `${clips} clips: mean score ${score(confidence)}, accuracy ${score(accuracy)}`,
        }),
      ],
      r: { type: 'identity' },
    },
    `Reliability diagram of split ${split}: expected calibration error ${score(error)}`,
  );
  const columns = ['Scores', 'Clips', 'Mean score', 'Accuracy'].map((title, i) => ({
    title,
    numeric: i > 0,
  }));
  const rows = bins.map(({ low, high, clips, confidence, accuracy }) => [
    `${low.toFixed(1)}–${high.toFixed(1)}`,
    clips,
    score(confidence),
    score(accuracy),
  ]);
  return figure({
    caption: 'Calibration',
    picture,
    note: `Expected calibration error ${score(error)}. Dots on the dashed line: scores that can be taken at their word; below it, the model is too sure. Larger dots: more clips.`,
    numbers: table('Calibration by score', columns, rows),
  });
}
