import { layOut } from '../terminal/columns.js';
import { formatDuration, formatTimeLeft } from '../terminal/format.js';
import { fitLine, type Line, span, widthOf } from '../terminal/line.js';
import { count } from '../util/words.js';
import { runningLines } from './running-lines.js';
import { waitingLine } from './stage-lines.js';
import { stoppingTexts } from './stopping-texts.js';
import { CLOSE, wholeTimeLeft } from './time-left.js';
import type { RunView } from './view-model.js';

export interface Screen {
  columns: number;
  rows: number;
}

/**
 * The live region: the running stages, those that wait, and a line with the overall state. Never taller than
 * the terminal less two rows, as a taller region could not be redrawn.
 */
export function liveLines(view: RunView, screen: Screen, now: number, frame: number): Line[] {
  if (view.finished !== undefined || view.stages.length === 0) return [];
  const columns = layOut(view.stages, screen.columns);
  const budget = Math.max(1, screen.rows - 2);
  const footer = footerLine(view, columns.width, now);
  const running = view.stages.filter((stage) => stage.state === 'running');
  const waiting = view.stages.filter((stage) => stage.state === 'locked' || stage.state === 'waiting');
  const room = Math.max(0, budget - 1);

  let lines = running.map((stage) => runningLines(stage, columns, now, frame));
  // Second lines are dropped first, then entire stages.
  if (lines.flat().length > room) lines = lines.map((pair) => pair.slice(0, 1));
  const shown = lines.flat();
  if (shown.length > room) {
    return [...withMore(shown, room, (hidden) => `${count(hidden, 'more stage')} running`), footer].map(
      (line) => fitLine(line, columns.width),
    );
  }
  const left = room - shown.length;
  // One more than there is room for is enough to know that there are more.
  const waits = waiting.slice(0, left + 1).map((stage) => waitingLine(stage, view, columns));
  const unseen = waiting.length - waits.length;
  const rest = withMore(waits, left, (hidden) => `${count(hidden + unseen, 'more stage')} waiting`);
  return [...shown, ...rest, footer].map((line) => fitLine(line, columns.width));
}

/** The first lines that fit, the last one saying how many are hidden. */
function withMore(lines: readonly Line[], room: number, text: (hidden: number) => string): Line[] {
  if (lines.length <= room) return [...lines];
  if (room <= 0) return [];
  const shown = lines.slice(0, room - 1);
  return [...shown, [span(`  … ${text(lines.length - shown.length)}`, 'dim')]];
}

function footerLine(view: RunView, width: number, now: number): Line {
  if (view.cancelling) {
    const { long, short } = stoppingTexts(view.jobsDecision);
    return [span(`■ ${widthOf(long) + 2 <= width ? long : short}`, 'yellow')];
  }
  const done = view.stages.filter((stage) => stage.state === 'finished').length;
  const left = wholeTimeLeft(view.stages, now);
  const words = [
    `${done}/${count(view.stages.length, 'stage')}`,
    formatDuration(Math.floor(now / 1000) || 0).replace('.0', ''),
  ];
  if (left !== undefined) words.push(`≈ ${formatRange(...left)} left`);
  return [span(`  ${words.join(' · ')}`, 'dim')];
}

/** A single time if both ends are nearly, or look, the same. */
function formatRange(low: number, high: number): string {
  if (high < CLOSE * low) return formatTimeLeft((low + high) / 2);
  const ends = [low, high].map(formatTimeLeft);
  return ends[0] === ends[1] ? ends[0]! : ends.join(' to ');
}
