import type { SplitEvaluation } from '../evaluation.js';
import { type Html, html } from '../page/html.js';
import type { RunOnPage, Section } from '../section.js';
import { calibrationPart } from './result/calibration.js';
import { classesPart } from './result/classes.js';
import { confusionPart } from './result/confusion.js';
import { curvesPart } from './result/curves.js';
import { groupsPart } from './result/groups.js';
import { summaryPart } from './result/summary.js';

/** How good it is: metrics against baselines, classes, confusions, calibration and curves, split by split. */
export const result: Section = {
  id: 'result',
  title: 'Result',
  async make(run, prefix) {
    const { splits } = run;
    const others = run.evaluations.filter(({ stage }) => !splits.some((split) => split.stage === stage));
    if (splits.length === 0 && others.length === 0) return undefined;
    const parts: Html[] = [];
    for (const [i, split] of splits.entries())
      parts.push(await splitPart(run, split, `${prefix}${i}-`, splits.length > 1));
    return { body: html`${summaryPart(splits, others)}${parts}` };
  },
};

async function splitPart(
  run: RunOnPage,
  split: SplitEvaluation,
  prefix: string,
  isOneOfSeveral: boolean,
): Promise<Html> {
  const body = html`${await confusionPart(run, split, prefix)}
<div class="pair">${classesPart(split)}${calibrationPart(split)}${curvesPart(split)}</div>
${groupsPart(split)}`;
  if (!isOneOfSeveral) return body;
  return html`<details class="split" open><summary><h4>Split <bdi>${split.split}</bdi></h4></summary>\n${body}</details>`;
}
