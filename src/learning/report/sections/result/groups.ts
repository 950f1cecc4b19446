import type { SplitEvaluation } from '../../evaluation.js';
import { table } from '../../page/figure.js';
import { score } from '../../page/format.js';
import { type Html, html } from '../../page/html.js';
import { withInterval } from './summary.js';

/** Accuracy and F1 of each group of clips, the worst group first. */
export function groupsPart({ groups }: SplitEvaluation): Html {
  const columns = ['Group', 'Clips', 'Accuracy', 'F1 macro'].map((title, i) => ({ title, numeric: i > 0 }));
  return html`${groups.map(({ by, groups: members }) => {
    const rows = [...members]
      .sort((a, b) => a.accuracy - b.accuracy)
      .map(({ group, rows, accuracy, f1_macro, interval }) => [
        group,
        rows,
        withInterval(accuracy, interval),
        score(f1_macro),
      ]);
    return table(`By ${by}, the worst first`, columns, rows);
  })}`;
}
