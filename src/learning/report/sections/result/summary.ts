import type { ReportArtifact } from '../../../../stage/artifact.js';
import { calibration } from '../../calibration.js';
import type { Interval, SplitEvaluation } from '../../evaluation.js';
import type { Named } from '../../named.js';
import { table } from '../../page/figure.js';
import { percent, score, words } from '../../page/format.js';
import { type Html, html } from '../../page/html.js';

/** Metrics that have columns of their own. */
const SHOWN = ['accuracy', 'f1_macro', 'f1_weighted', 'loss'];

/** The metrics of all splits, with intervals, against what guessing would reach. */
export function summaryPart(
  splits: readonly SplitEvaluation[],
  others: readonly Named<ReportArtifact>[],
): Html {
  const more = [...new Set(splits.flatMap(({ metrics }) => Object.keys(metrics)))].filter(
    (name) => !SHOWN.includes(name),
  );
  const rows = splits.map((split) => {
    const { metrics, predictions, intervals } = split;
    return [
      split.split,
      split.rows,
      withInterval(metrics.accuracy, intervals.accuracy),
      percent(majorityShare(split)),
      percent(1 / split.labels.length),
      withInterval(metrics.f1_macro, intervals.f1_macro),
      score(metrics.f1_weighted),
      score(metrics.loss),
      predictions.length > 0 ? score(calibration(predictions).error) : '–',
      ...more.map((name) => score(metrics[name])),
    ];
  });
  const numeric = (title: string | Html) => ({ title, numeric: true });
  const columns = [
    { title: 'Split' },
    ...['Clips', 'Accuracy', 'Majority', 'Chance', 'F1 macro', 'F1 weighted', 'Loss'].map(numeric),
    numeric(html`<abbr title="expected calibration error">ECE</abbr>`),
    ...more.map((name) => numeric(words(name))),
  ];
  return html`${cards(splits)}
${splits.length > 0 ? table('Metrics by split', columns, rows) : undefined}
${splits.length > 0 ? html`<p class="note">Ranges are 95 % intervals of the evaluation, by bootstrap over the clips. <em>Majority</em> is the accuracy of always answering with the most frequent class of the split, <em>chance</em> that of guessing evenly.</p>` : undefined}
${others.map(({ stage, artifact }) => otherPart(stage, artifact))}`;
}

/** Accuracy of each split, large. */
function cards(splits: readonly SplitEvaluation[]): Html | undefined {
  if (splits.length === 0 || splits.length > 6) return undefined;
  const items = splits.map(
    (split) => html`<div class="card"><dt><bdi>${split.split}</bdi></dt>
<dd><strong>${percent(split.metrics.accuracy)}</strong> <span>accuracy</span></dd>
<dd class="under">${percent(majorityShare(split))} by always guessing the most frequent class</dd></div>\n`,
  );
  return html`<dl class="cards">${items}</dl>`;
}

function majorityShare({ confusion, rows }: SplitEvaluation): number | undefined {
  if (rows === 0) return undefined;
  return Math.max(...confusion.map((row) => row.reduce((sum, clips) => sum + clips, 0))) / rows;
}

/** A score and its interval, if there is one. */
export function withInterval(value: number | undefined, interval: Interval | undefined): Html | string {
  if (value === undefined || interval === undefined) return score(value);
  return html`${score(value)} <small>${score(interval[0])}–${score(interval[1])}</small>`;
}

/** A report of a user's own stage: whatever it measured. */
function otherPart(stage: string, { metrics }: ReportArtifact): Html {
  const names = [...new Set(Object.values(metrics).flatMap((values) => Object.keys(values)))];
  const rows = Object.entries(metrics).map(([split, values]) => [
    split,
    ...names.map((name) => (Object.hasOwn(values, name) ? score(values[name]) : '–')),
  ]);
  const columns = [{ title: 'Split' }, ...names.map((name) => ({ title: words(name), numeric: true }))];
  return rows.length === 0 ? html`` : table(`Metrics of ${stage}`, columns, rows);
}
