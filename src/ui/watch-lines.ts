import type { StageChange, WatchEvent } from '../pipeline/run/events/watch-events.js';
import { formatDuration } from '../terminal/format.js';
import { clean, fold, type Line, lineWidth, type Style, span } from '../terminal/line.js';
import { shownFrom } from '../util/points-outside.js';
import { count, listOf } from '../util/words.js';
import { planLines } from './plan-lines.js';

/** More names, or rows, than these are not helpful. */
const MOST_PATHS = 3;
const MOST_ROWS = 20;
const MOST_CHANGES = 4;

export interface Keys {
  key: string;
  does: string;
}

/** Lines that stay, for what happens between runs. */
export function watchLines(event: WatchEvent, width: number): Line[] {
  switch (event.type) {
    case 'watch-changed': {
      const text = `${pathsText(event.paths)} changed`;
      return event.running ? prose('! ', text, width, 'yellow') : [[], ...prose('↻ ', text, width, 'cyan')];
    }
    case 'watch-writing':
      return prose('  ', `${pathsText(event.paths)}: still being written`, width, 'dim');
    case 'watch-planned': {
      const rows = event.stages.filter(({ status }) => status !== 'hit');
      // The run itself reports that, with its results.
      if (rows.length === 0 && event.runs) return [];
      const left = rows.slice(MOST_ROWS);
      const lines = planLines(left.length === 0 ? event.stages : withoutRows(event.stages, left), width);
      return left.length === 0 ? lines : [...lines, [span(`… and ${left.length} more`, 'dim')]];
    }
    case 'watch-unaffected': {
      const text = event.running
        ? 'nothing the run depends on: it continues'
        : 'nothing relevant: the results are up to date';
      return prose('  ', text, width, 'dim');
    }
    case 'watch-decision':
      return [
        ...changeLines(event.changes, width),
        ...(event.decision === 'ask' ? [] : prose('  ', DECISIONS[event.decision], width, 'dim')),
      ];
    case 'watch-failed':
      return event.text.split('\n').flatMap((line, i) => prose(i === 0 ? '✖ ' : '  ', line, width, 'red'));
    case 'watch-notes':
      return event.texts.flatMap((text) => prose('  ', text, width, 'plain'));
    case 'watch-output':
      return prose('  ', event.text, width, 'dim');
    default:
      return [];
  }
}

const DECISIONS = {
  finish: 'this run finishes first',
  restart: 'the run stops, saves its state and restarts with the change',
};

/** What is being waited for. */
export function waitingLines(
  recipe: string,
  { poll }: Extract<WatchEvent, { type: 'watch-waiting' }>,
  keys: readonly Keys[],
  width: number,
): Line[] {
  const how = poll === undefined ? '' : `, polling every ${formatDuration(poll / 1000)}`;
  return withKeys([span(`waiting for changes of ${clean(recipe)}${how}`, 'dim')], keys, width);
}

/** The question what to do with a run, as long as it is open. */
export function questionLines(changes: readonly StageChange[], keys: readonly Keys[], width: number): Line[] {
  const what = changeLines(changes, width);
  return [
    ...what,
    ...withKeys([span('? ', 'yellow'), span('restart the run with this change?')], keys, width),
  ];
}

/** A line with the keys after it, or below it if the line would be too long. */
function withKeys(line: Line, keys: readonly Keys[], width: number): Line[] {
  if (keys.length === 0) return [line];
  const hints = keys.flatMap(
    ({ key, does }, i): Line => [
      ...(i === 0 ? [] : [span(' · ', 'dim')]),
      span(key, 'bold'),
      span(` ${does}`, 'dim'),
    ],
  );
  const whole = [...line, span(' · ', 'dim'), ...hints];
  return lineWidth(whole) <= width ? [whole] : [line, [span('  '), ...hints]];
}

function changeLines(changes: readonly StageChange[], width: number): Line[] {
  const lines = changes.slice(0, MOST_CHANGES).flatMap(({ id, because }): Line[] => {
    const name = clean(id);
    const texts = fold(because.map(clean).join(', '), Math.max(16, width - 4 - name.length));
    return texts.map((text, i) => [span('  '), span(i === 0 ? name : '', 'bold'), span(`  ${text}`)]);
  });
  const more = changes.length - MOST_CHANGES;
  return more > 0 ? [...lines, [span(`  … and ${count(more, 'more stage')}`, 'dim')]] : lines;
}

function withoutRows<Row>(rows: readonly Row[], left: readonly Row[]): Row[] {
  const hidden = new Set(left);
  return rows.filter((row) => !hidden.has(row));
}

function prose(mark: string, text: string, width: number, style: Style): Line[] {
  return fold(clean(text), Math.max(10, width - 2)).map((part, i) => [
    span(i === 0 ? mark : '  ', style),
    span(part, style === 'dim' || style === 'red' ? style : 'plain'),
  ]);
}

/** `recipe.yaml, stages/count.js and 3 more`. */
function pathsText(paths: readonly string[]): string {
  const near = paths.map((path) => shownFrom(process.cwd(), path));
  const more = near.length - MOST_PATHS;
  return listOf(more > 0 ? [...near.slice(0, MOST_PATHS), `${more} more`] : near);
}
