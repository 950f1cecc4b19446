import type { Prediction, SplitEvaluation } from '../../evaluation.js';
import { figure, table } from '../../page/figure.js';
import { percent, score } from '../../page/format.js';
import { type Content, type Html, html } from '../../page/html.js';
import { draw, Plot } from '../../plots/draw.js';
import type { RunOnPage } from '../../section.js';
import { placeOf } from '../listen/card.js';

/** Classes up to which the matrix is a table; beyond, a picture. */
const MOST_IN_TABLE = 30;
/** Pairs in the list of the most confused. */
const MOST_PAIRS = 15;
/** Clips that are listed: of one pair, and of all. Looking up a name may open a large file. */
const MOST_CLIPS = { pair: 25, all: 400 };
/** Clips of a pair that can be heard. */
const MOST_HEARD = 5;

/** Clips of one class that were taken for another, or recognised. */
interface Pair {
  truth: number;
  guess: number;
  clips: number;
  /** Of the true class. */
  share: number;
}

/** The confusion matrix, the pairs of classes that are confused most, and which clips these are. */
export async function confusionPart(run: RunOnPage, split: SplitEvaluation, prefix: string): Promise<Html> {
  const all = pairsOf(split);
  const pairs = all.filter(({ truth, guess }) => truth !== guess);
  const lists = await clipLists(run, split, all, prefix);
  const listed = new Set(lists.map(({ id }) => id));
  const link = (truth: number, guess: number, text: Content): Content => {
    const id = idOf(prefix, truth, guess);
    return listed.has(id) ? html`<a href="#${id}">${text}</a>` : text;
  };
  const rows = pairs
    .slice(0, MOST_PAIRS)
    .map(({ truth, guess, clips, share }) => [
      split.labels[truth],
      split.labels[guess],
      link(truth, guess, clips),
      percent(share),
    ]);
  const matrix =
    split.labels.length <= MOST_IN_TABLE ? matrixTable(split, prefix, link) : matrixPicture(split);
  const columns = [
    { title: 'Is' },
    { title: 'Predicted' },
    { title: 'Clips', numeric: true },
    { title: 'Share of the class', numeric: true },
  ];
  const most =
    rows.length > 0
      ? table('Most confused', columns, rows)
      : html`<p class="note">No clip of this split is misclassified.</p>`;
  return html`<div class="beside">${matrix}
<div>${most}<div class="clips">${lists.map(({ markup }) => markup)}</div></div></div>`;
}

/** Pairs of classes with at least one clip: those of different ones first, and the most frequent first. */
function pairsOf({ confusion }: SplitEvaluation): Pair[] {
  const pairs = confusion.flatMap((row, truth) => {
    const support = row.reduce((sum, clips) => sum + clips, 0);
    return row.flatMap((clips, guess) =>
      clips > 0 ? [{ truth, guess, clips, share: clips / support }] : [],
    );
  });
  const isRight = ({ truth, guess }: Pair) => Number(truth === guess);
  return pairs.sort((a, b) => isRight(a) - isRight(b) || b.clips - a.clips || b.share - a.share);
}

function idOf(prefix: string, truth: number, guess: number): string {
  return `${prefix}is-${truth}-${guess}`;
}

/** Rows are true classes. Shades are by share of the row; a cell leads to its clips. */
function matrixTable(
  { labels, confusion }: SplitEvaluation,
  prefix: string,
  link: (truth: number, guess: number, text: Content) => Content,
): Html {
  const head = labels.map((label, i) => html`<th scope="col"><abbr title="${label}">${i}</abbr></th>`);
  const rows = confusion.map((row, truth) => {
    const support = row.reduce((sum, clips) => sum + clips, 0);
    const cells = row.map((clips, guess) => {
      const share = support === 0 ? 0 : clips / support;
      const shade = `${truth === guess ? 'hit' : 'miss'}${clips === 0 ? 0 : Math.max(1, Math.round(share * 9))}`;
      const both = html`<span class="count">${clips === 0 ? '·' : clips}</span><span class="share">${clips === 0 ? '·' : Math.round(share * 100)}</span>`;
      return html`<td class="${shade}" title="${labels[truth]} → ${labels[guess]}">${clips === 0 ? both : link(truth, guess, both)}</td>`;
    });
    return html`<tr><th scope="row"><span class="index">${truth}</span> ${labels[truth]}</th>${cells}</tr>\n`;
  });
  const option = (value: string, text: string, checked?: Html) =>
    html`<label><input type="radio" name="${prefix}unit" class="${value}" ${checked}> ${text}</label>`;
  return html`<figure class="confusion">
<figcaption>Confusion matrix</figcaption>
<fieldset><legend>Show</legend>${option('counts', 'clips', html`checked`)}${option('shares', '% of the class')}</fieldset>
<div class="scroll" role="group" aria-label="Confusion matrix" tabindex="0"><table class="matrix">
<caption>Rows: what the clips are. Columns: what was predicted, by the number of the class.</caption>
<thead><tr><th scope="col">Class</th>${head}</tr></thead>
<tbody>
${rows}</tbody></table></div></figure>`;
}

function matrixPicture({ labels, confusion, split }: SplitEvaluation): Html {
  const cells = confusion.flatMap((row, truth) => {
    const support = row.reduce((sum, clips) => sum + clips, 0);
    return row.flatMap((clips, guess) => (clips > 0 ? [{ truth, guess, share: clips / support }] : []));
  });
  const picture = draw(
    {
      width: 460,
      height: 460,
      x: { domain: [0, labels.length], label: 'predicted class', nice: false },
      y: { domain: [labels.length, 0], label: 'class', nice: false },
      marks: [
        Plot.rect(cells, {
          x1: 'guess',
          x2: ({ guess }: { guess: number }) => guess + 1,
          y1: 'truth',
          y2: ({ truth }: { truth: number }) => truth + 1,
          fill: ({ truth, guess }: { truth: number; guess: number }) =>
            truth === guess ? 'var(--s1)' : 'var(--bad)',
          fillOpacity: ({ share }: { share: number }) => 0.25 + 0.75 * share,
        }),
        Plot.frame({ strokeOpacity: 0.3 }),
      ],
      color: { type: 'identity' },
      opacity: { type: 'identity' },
    },
    `Confusion matrix of ${labels.length} classes of split ${split}`,
  );
  return figure({
    caption: 'Confusion matrix',
    picture,
    note: 'Rows: what the clips are. Columns: what was predicted, by the number of the class. The darker, the larger the share of the class.',
  });
}

/**
 * For each pair, its clips: the surest mistakes first, or those that were recognised with the least score.
 */
async function clipLists(
  run: RunOnPage,
  split: SplitEvaluation,
  pairs: readonly Pair[],
  prefix: string,
): Promise<{ id: string; markup: Html }[]> {
  const { labels, predictions } = split;
  const byPair = new Map<string, Prediction[]>();
  for (const clip of predictions) {
    const key = JSON.stringify([clip.label, clip.predicted]);
    const same = byPair.get(key);
    if (same === undefined) byPair.set(key, [clip]);
    else same.push(clip);
  }
  const lists: { id: string; markup: Html }[] = [];
  let left = MOST_CLIPS.all;
  for (const { truth, guess, clips } of pairs) {
    const found = byPair.get(JSON.stringify([labels[truth], labels[guess]])) ?? [];
    const isRight = truth === guess;
    const order = (a: Prediction, b: Prediction) => (isRight ? a.score - b.score : b.score - a.score);
    const shown = [...found].sort(order).slice(0, Math.min(left, MOST_CLIPS.pair));
    if (shown.length === 0) continue;
    left -= shown.length;
    const lines: Content[][] = [];
    for (const [i, clip] of shown.entries()) lines.push(await clipLine(run, split, clip, i < MOST_HEARD));
    const id = idOf(prefix, truth, guess);
    const title = isRight ? `${labels[truth]}, recognised` : `${labels[truth]} taken for ${labels[guess]}`;
    const columns = [{ title: 'Row', numeric: true }, { title: 'Clip' }, { title: 'Score', numeric: true }];
    if (run.hasSound && run.shelf.room > 0) columns.push({ title: 'Listen' });
    lists.push({
      id,
      markup: html`<section id="${id}" class="list" tabindex="-1">${table(title, columns, lines)}${
        shown.length < clips
          ? html`<p class="note">${shown.length} of ${clips} clips, the ${isRight ? 'least sure' : 'surest mistakes'} first.</p>`
          : undefined
      }</section>\n`,
    });
  }
  return lists;
}

async function clipLine(
  run: RunOnPage,
  split: SplitEvaluation,
  clip: Prediction,
  isHeard: boolean,
): Promise<Content[]> {
  const place = placeOf(run, split, clip);
  const before = place && run.shelf.find(place);
  const taken = before === undefined && isHeard ? place && (await run.shelf.take(place)) : undefined;
  const name = clip.file ?? (place && (await run.shelf.nameOf(place))) ?? '–';
  const sound =
    before !== undefined
      ? html`<a href="#${before.id}">listen</a>`
      : taken && html`<span id="${taken.id}" class="clip">${taken.player}</span>`;
  return [clip.row, name, score(clip.score), ...(run.hasSound && run.shelf.room > 0 ? [sound] : [])];
}
