import type { StageOutcome, StageStatus } from '../pipeline/run/events/run-events.js';
import { type Columns, GAP } from '../terminal/columns.js';
import { formatDuration } from '../terminal/format.js';
import {
  clean,
  fit,
  fitLine,
  type Line,
  type Style,
  span,
  truncate,
  truncateWords,
  widthOf,
} from '../terminal/line.js';
import { shortId } from '../terminal/short-id.js';
import { queuedText } from './job-words.js';
import { type RunView, type StageView, waitsFor } from './view-model.js';

const gap = ' '.repeat(GAP);

const icons: Record<StageStatus, { icon: string; style: Style }> = {
  hit: { icon: '✔', style: 'green' },
  run: { icon: '✔', style: 'green' },
  failed: { icon: '✖', style: 'red' },
  skipped: { icon: '–', style: 'yellow' },
};

export function iconOf(status: StageStatus): { icon: string; style: Style } {
  return icons[status];
}

/** The icon, the id and (if there is room) the stage type. */
export function nameSpans(
  stage: { id: string; uses: string },
  columns: Columns,
  icon: string,
  style: Style,
  dim = false,
): Line {
  const line: Line = [
    span(`${icon} `, style),
    span(fit(shortId(clean(stage.id), columns.id), columns.id), dim ? 'dim' : 'bold'),
    span(gap),
  ];
  if (columns.uses > 0) line.push(span(fit(clean(stage.uses), columns.uses), 'dim'), span(gap));
  return line;
}

/** Reasons in a width: the first ones that fit, and how many more there are. */
export function shortReasons(because: readonly string[], width: number): string {
  const all = because.map(clean).join(', ');
  if (because.length < 2 || widthOf(all) <= width) return truncate(all, width);
  for (let shown = because.length - 1; shown > 0; shown--) {
    const text = `${because.slice(0, shown).map(clean).join(', ')} +${because.length - shown}`;
    if (widthOf(text) <= width || shown === 1) {
      const more = ` +${because.length - shown}`;
      return widthOf(text) <= width ? text : truncate(clean(because[0] ?? ''), width - widthOf(more)) + more;
    }
  }
  return '';
}

/** A stage that ended: `✔ speech  cast-audio  sampling_rate 8000 → 16000  563 clips  1.8s`. */
export function finishedLine(stage: StageView, columns: Columns): Line {
  const { outcome } = stage;
  if (outcome === undefined) return [];
  const { icon, style } = iconOf(outcome.status);
  const line = nameSpans(stage, columns, icon, style, outcome.status === 'skipped');
  line.push(...middle(outcome.status, outcome.because, summaryOf(outcome), columns));
  if (outcome.status !== 'skipped')
    line.push(span(gap), span(fit(formatDuration(outcome.seconds), columns.time, 'right'), 'dim'));
  return fitLine(line, columns.width);
}

function summaryOf(outcome: StageOutcome): string {
  return [clean(outcome.summary ?? ''), queuedText(outcome)].filter((text) => text !== '').join(' · ');
}

/**
 * Why it ran and the result, in two columns; either may use the room that the other leaves free, the reasons
 * first.
 */
function middle(status: StageStatus, because: readonly string[], summary: string, columns: Columns): Line {
  const text = because.length > 0 ? undefined : status === 'hit' ? 'hit' : status;
  const style: Style = status === 'failed' ? 'red' : status === 'run' ? 'plain' : 'dim';
  const left = columns.middle - widthOf(text ?? because.map(clean).join(', ')) - GAP;
  const shownSummary = columns.summary === 0 ? '' : truncateWords(summary, Math.max(columns.summary, left));
  const summaryRoom = shownSummary === '' ? 0 : Math.max(widthOf(shownSummary), 1) + GAP;
  const reasons = text ?? shortReasons(because, columns.middle - summaryRoom);
  // The summary starts at its column unless one of the two needs the other's room.
  const start = Math.max(columns.middle - columns.summary, shownSummary === '' ? 0 : widthOf(reasons) + GAP);
  const end = columns.middle - widthOf(shownSummary);
  const at = shownSummary === '' ? columns.middle : Math.min(start, end);
  return [span(fit(reasons, at), style), span(fit(shownSummary, columns.middle - at))];
}

/** A stage that has not begun: `· scores  evaluate  waits for model`. */
export function waitingLine(stage: StageView, view: RunView, columns: Columns): Line {
  const text =
    stage.state === 'locked' && stage.holder
      ? `process ${stage.holder.pid} on ${clean(stage.holder.host)} is computing it`
      : waitsFor(stage, view);
  const style: Style = stage.state === 'locked' ? 'yellow' : 'dim';
  const line = nameSpans(stage, columns, stage.state === 'locked' ? '⧗' : '·', style, true);
  return fitLine([...line, span(truncate(text, columns.middle + GAP + columns.time), style)], columns.width);
}
