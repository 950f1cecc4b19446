import type { SplitEvaluation } from '../evaluation.js';
import { type OtherEvaluation, readOtherEvaluation } from '../other-evaluation.js';
import { type Content, type Html, html } from '../page/html.js';
import type { RunOnPage, Section } from '../section.js';
import { calibrationPart } from './result/calibration.js';
import { classesPart } from './result/classes.js';
import { confusionPart } from './result/confusion.js';
import { curvesPart } from './result/curves.js';
import { groupsPart } from './result/groups.js';
import { numbersPart } from './result/numbers.js';
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
    const answered: OtherEvaluation[] = [];
    for (const each of others) answered.push(...(await readOtherEvaluation(each, run.objects)));
    for (const each of answered) parts.push(await otherPart(run, each, answered.length > 1));
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
  return isOneOfSeveral ? detailsOf(split, body) : body;
}

/** A split of clips with several labels, or with numbers. */
async function otherPart(run: RunOnPage, split: OtherEvaluation, isOneOfSeveral: boolean): Promise<Html> {
  const body =
    split.kind === 'labels'
      ? html`<div class="pair">${classesPart(split)}${curvesPart(split)}</div>`
      : await numbersPart(run, split);
  return isOneOfSeveral ? detailsOf(split, body, html`<bdi>${split.stage}</bdi>: split`) : body;
}

function detailsOf({ split }: { split: string }, body: Html, before: Content = 'Split'): Html {
  return html`<details class="split" open><summary><h4>${before} <bdi>${split}</bdi></h4></summary>\n${body}</details>`;
}
