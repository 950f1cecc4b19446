import type { Prediction, SplitEvaluation } from '../evaluation.js';
import { labelErrors } from '../label-errors.js';
import { type Html, html } from '../page/html.js';
import type { RunOnPage, Section } from '../section.js';
import { clipCard } from './listen/card.js';
import { FOLLOW_SCRIPT } from './listen/follow-script.js';

/** Clips in each list, if there is one split; of several splits, each has its share, but not fewer than 4. */
const MOST = { mistakes: 24, errors: 12, unsure: 12 };

interface List {
  title: string;
  about: string;
  clips: readonly Prediction[];
  /** How many there are. */
  of: number;
}

/** Where it fails, to be heard: the surest mistakes, labels in doubt, and the least certain predictions. */
export const listen: Section = {
  id: 'listen',
  title: 'Listen',
  rank: 0,
  async make(run, prefix) {
    const splits = run.splits.filter(({ predictions }) => predictions.length > 0);
    if (splits.length === 0) return undefined;
    const parts: Html[] = [];
    for (const [i, split] of splits.entries())
      parts.push(await splitPart(run, split, `${prefix}${i}-`, splits.length));
    return {
      before: () => soundNote(run),
      body: html`${parts}`,
      script: run.shelf.size > 0 ? FOLLOW_SCRIPT : undefined,
    };
  },
};

async function splitPart(
  run: RunOnPage,
  split: SplitEvaluation,
  prefix: string,
  splits: number,
): Promise<Html> {
  const parts: Html[] = [];
  for (const list of listsOf(split, splits)) {
    const cards: Html[] = [];
    for (const clip of list.clips) cards.push(await clipCard(run, split, clip));
    if (cards.length === 0) continue;
    const id = `${prefix}${parts.length}`;
    const shown =
      cards.length < list.of ? html` <span class="note">${cards.length} of ${list.of}</span>` : '';
    parts.push(html`<section aria-labelledby="${id}"><h4 id="${id}">${list.title}${shown}</h4>
<p class="note">${list.about}</p>
<ul class="cards-of-clips">${cards}</ul></section>\n`);
  }
  const body =
    parts.length > 0
      ? html`${parts}`
      : html`<p class="note">Nothing is misclassified, and nothing is in doubt.</p>`;
  if (splits === 1) return body;
  return html`<details class="split" open><summary><h4>Split <bdi>${split.split}</bdi></h4></summary>\n${body}</details>`;
}

function listsOf({ predictions, labels }: SplitEvaluation, splits: number): List[] {
  const most = (number: number) => Math.max(4, Math.ceil(number / splits));
  const wrong = predictions.filter(({ label, predicted }) => label !== predicted);
  const mistakes = [...wrong].sort((a, b) => b.score - a.score);
  const errors = labelErrors(predictions, labels);
  const worst = mistakes.slice(0, most(MOST.mistakes));
  const others = predictions.filter((clip) => !worst.includes(clip));
  const unsure = others.sort((a, b) => a.score - b.score);
  return [
    {
      title: 'Worst mistakes',
      about: 'Misclassified clips, the highest score of the wrong class first.',
      clips: worst,
      of: mistakes.length,
    },
    {
      title: 'Likely label errors',
      about:
        'By confident learning (Northcutt, Jiang and Chuang, 2021): the model is as sure of another class as it usually is of clips that have that label. Listen before you relabel: it may be the model that is wrong.',
      clips: errors.slice(0, most(MOST.errors)),
      of: errors.length,
    },
    {
      title: 'Least certain',
      about: 'Other clips, right or wrong, the lowest score of the predicted class first.',
      clips: unsure.slice(0, most(MOST.unsure)),
      of: unsure.length,
    },
  ];
}

/** What there is to hear, and why not more. */
function soundNote({ shelf, hasSound }: RunOnPage): Html {
  if (!hasSound)
    return html`<p class="note">There is no sound: the data behind the evaluation is not in the cache, or has no audio.</p>`;
  if (shelf.room === 0)
    return html`<p class="note">This report was made without sound (<code>--audio none</code>).</p>`;
  return html`<p class="note">${shelf.summary}</p>`;
}
