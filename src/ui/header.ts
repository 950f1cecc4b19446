import { clean, foldIndented, type Line, lineWidth, span, truncate, widthOf } from '../terminal/line.js';
import { count } from '../util/words.js';
import type { RunView } from './view-model.js';

/**
 * The first line of a run: `etude · minds14-intent · 8 stages, 4 hits`; if that is too long, without `etude`,
 * and with the name shortened.
 */
export function headerLine(view: RunView, width = Number.POSITIVE_INFINITY): Line {
  const hits = view.stages.filter((stage) => stage.planned === 'hit').length;
  const name = clean(view.pipeline);
  const tally = `${count(view.stages.length, 'stage')}, ${count(hits, 'hit')}`;
  const dot = span(' · ', 'dim');
  const whole: Line = [span('etude', 'bold'), dot, span(name), dot, span(tally)];
  if (lineWidth(whole) <= width) return whole;
  return [span(truncate(name, width - widthOf(tally) - 3), 'bold'), dot, span(tally)];
}

/** A warning or a message of a stage as lines above the live region, folded at `width`. */
export function logLines(
  text: string,
  level: 'info' | 'warning',
  id?: string,
  width = Number.POSITIVE_INFINITY,
): Line[] {
  const style = level === 'warning' ? 'yellow' : 'dim';
  const from = id === undefined ? '' : `${clean(id)}: `;
  const parts = text.split('\n').flatMap((line) => foldIndented(line, width - 2 - widthOf(from)));
  return parts.map((part, i) =>
    i === 0
      ? [span(level === 'warning' ? '! ' : '  ', style), span(from, 'dim'), span(part, style)]
      : [span(' '.repeat(2 + widthOf(from))), span(part, style)],
  );
}
