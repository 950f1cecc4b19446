import { count } from './format.js';
import { clean, type Line, span } from './line.js';
import type { RunView } from './view-model.js';

/** The first line of a run: `etude · minds14-intent · 8 stages, 4 hits`. */
export function headerLine(view: RunView): Line {
  const hits = view.stages.filter((stage) => stage.planned === 'hit').length;
  return [
    span('etude', 'bold'),
    span(' · ', 'dim'),
    span(clean(view.pipeline)),
    span(' · ', 'dim'),
    span(`${count(view.stages.length, 'stage')}, ${count(hits, 'hit')}`),
  ];
}

/** A warning or a message of a stage, as a line above the live region. */
export function logLine(text: string, level: 'info' | 'warning', id?: string): Line {
  const from = id === undefined ? [] : [span(`${clean(id)}: `, 'dim')];
  return level === 'warning'
    ? [span('! ', 'yellow'), ...from, span(clean(text), 'yellow')]
    : [span('  '), ...from, span(clean(text), 'dim')];
}
