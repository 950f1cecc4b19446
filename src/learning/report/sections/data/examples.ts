import type { DataOnPage, DataSplit } from '../../data/read-data.js';
import { type Html, html } from '../../page/html.js';
import type { RunOnPage } from '../../section.js';
import { factsOf } from '../listen/card.js';

/** Clips of each class, and classes. */
const EACH = 2;
const MOST_CLASSES = 40;
/** Share of the room that is left which they may take. */
const SHARE = 0.5;

/** A few clips of each class, to hear what the data is. */
export async function examplesPart(
  run: RunOnPage,
  shown: DataOnPage,
  prefix: string,
): Promise<Html | undefined> {
  const { source, labels, splits } = shown;
  if (source === undefined) return undefined;
  const until = run.shelf.used + SHARE * (run.shelf.room - run.shelf.used);
  const groups = labels === undefined ? [undefined] : labels.slice(0, MOST_CLASSES).map((_, id) => id);
  const cards: Html[] = [];
  for (let turn = 0; turn < EACH; turn += 1)
    for (const group of groups) {
      const place = exampleOf(splits, group, turn);
      if (place === undefined) continue;
      const at = { source, ...place };
      const before = run.shelf.find(at);
      const clip = before ?? (await run.shelf.take(at, until));
      if (clip === undefined) continue;
      cards.push(html`<li class="clip"${before === undefined ? html` id="${clip.id}" tabindex="-1"` : undefined}>
<h5>${group === undefined ? html`<bdi>${clip.name ?? `Row ${place.row}`}</bdi>` : html`<bdi>${labels![group]}</bdi>`}</h5>
<p class="under">${group === undefined ? undefined : html`<bdi>${clip.name}</bdi>, `}row ${place.row} of <bdi>${place.split}</bdi>${factsOf(clip)}</p>
${before === undefined ? html`<div class="sound">${clip.waveform}${clip.spectrogram}</div>${clip.player}` : html`<p><a href="#${before.id}">Listen to it above</a></p>`}</li>\n`);
    }
  if (cards.length === 0) return undefined;
  const id = `${prefix}examples`;
  const title = labels === undefined ? 'A few clips' : 'A few clips of each class';
  const note =
    labels !== undefined && labels.length > MOST_CLASSES
      ? html`<p class="note">Of the first ${MOST_CLASSES} classes.</p>`
      : undefined;
  return html`<details class="split"><summary><h4 id="${id}">${title}</h4></summary>
${note}<ul class="cards-of-clips">${cards}</ul></details>`;
}

/** One of the first clips of a class. */
function exampleOf(
  splits: readonly DataSplit[],
  group: number | undefined,
  turn: number,
): { split: string; row: number } | undefined {
  let left = turn;
  for (const { name, clips = [], classes } of splits)
    for (const [row, clip] of clips.entries()) {
      if (!clip || (group !== undefined && classes?.[row] !== group)) continue;
      if (left === 0) return { split: name, row };
      left -= 1;
    }
  return undefined;
}
