import type { ClipPlace, ShelvedClip } from '../../clips/shelf.js';
import type { Prediction, SplitEvaluation } from '../../evaluation.js';
import { duration, score } from '../../page/format.js';
import { type Html, html } from '../../page/html.js';
import type { RunOnPage } from '../../section.js';

/** Scores that are shown, those of the label and the predicted class among them. */
const MOST_SCORES = 3;

/**
 * A clip with its scores; to be heard, if it is in the page. One that is elsewhere in it has a link there.
 */
export async function clipCard(run: RunOnPage, split: SplitEvaluation, clip: Prediction): Promise<Html> {
  const place = placeOf(run, split, clip);
  const before = place && run.shelf.find(place);
  const taken = before ?? (place && (await run.shelf.take(place)));
  const file = clip.file ?? taken?.name ?? (place && (await run.shelf.nameOf(place)));
  const name = html`<h5><bdi>${file ?? `Row ${clip.row}`}</bdi></h5>
<p class="under">${file === undefined ? undefined : `row ${clip.row}`}${clip.windows === undefined ? undefined : `, ${clip.windows} windows`}${taken && factsOf(taken)}</p>`;
  const sound =
    before !== undefined
      ? html`<p><a href="#${before.id}">Listen to it above</a></p>`
      : taken && html`<div class="sound">${taken.waveform}${taken.spectrogram}</div>${taken.player}`;
  const id = before === undefined && taken !== undefined ? html` id="${taken.id}" tabindex="-1"` : undefined;
  return html`<li class="clip"${id}>${name}${sound}
${scoresPart(split, clip)}</li>\n`;
}

/** Where the clip of a prediction is, if the run's data has it. */
export function placeOf(
  run: RunOnPage,
  { stage, split, numRows }: Pick<SplitEvaluation, 'stage' | 'split' | 'numRows'>,
  { row, windows }: Pick<Prediction, 'row' | 'windows'>,
): ClipPlace | undefined {
  return run.shelf.placeOf(run.clipsOf?.(stage), { split, row, numRows, whole: windows !== undefined });
}

/** `, 1.2 s at 8 kHz, peak −3 dB`. */
export function factsOf({ seconds, sampling_rate, heard, start, peak }: ShelvedClip): string {
  const level = Number.isFinite(peak) ? `peak ${peak.toFixed(0)} dB`.replace('-', '\u2212') : 'silence';
  return [
    '',
    `${duration(seconds)} at ${sampling_rate / 1000} kHz`,
    ...(start === undefined ? [] : [`from ${duration(start)}`]),
    ...(heard === undefined ? [] : [`the first ${duration(heard)} are here`]),
    level,
  ].join(', ');
}

function scoresPart(
  { labels }: SplitEvaluation,
  { label, predicted, score: sure, scores }: Prediction,
): Html {
  const known = new Map<string, number | undefined>(scores?.map((each, id) => [labels[id]!, each]));
  const best = [...known.keys()].sort((a, b) => known.get(b)! - known.get(a)!);
  const shown = [...new Set([predicted, label, ...best])].slice(0, Math.max(MOST_SCORES, 2));
  if (scores === undefined) shown.length = Math.min(shown.length, label === predicted ? 1 : 2);
  const rows = shown.map((name) => {
    const value = known.get(name) ?? (name === predicted ? sure : undefined);
    const tags = [name === label ? 'label' : '', name === predicted ? 'predicted' : ''].filter(Boolean);
    const kind = name === label ? 'hit' : name === predicted ? 'miss' : 'other';
    return html`<div class="${kind}"><dt><bdi>${name}</bdi>${tags.map((tag) => html` <span class="tag">${tag}</span>`)}</dt>
<dd><svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="${((value ?? 0) * 100).toFixed(1)}" height="6"/></svg> ${score(value)}</dd></div>\n`;
  });
  return html`<dl class="scores">${rows}</dl>`;
}
