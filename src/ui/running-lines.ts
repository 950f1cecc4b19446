import type { TrainingProgress } from '../stage/stage-type.js';
import { bar } from '../terminal/bar.js';
import { type Columns, GAP, ICON } from '../terminal/columns.js';
import {
  formatAmount,
  formatDuration,
  formatLoss,
  formatMetric,
  formatNumber,
  formatPercent,
  formatRate,
  formatTimeLeft,
} from '../terminal/format.js';
import { clean, fit, fitLine, type Line, lineWidth, span, truncate, widthOf } from '../terminal/line.js';
import { sparkline } from '../terminal/sparkline.js';
import { jobWords, shardsText } from './job-words.js';
import { valuesOf } from './loss-curve.js';
import { mainMetric } from './metrics.js';
import { perSecond } from './rate.js';
import { nameSpans, shortReasons } from './stage-lines.js';
import { secondsLeft } from './time-left.js';
import { fractionOf, isQueued, type StageView } from './view-model.js';

const gap = ' '.repeat(GAP);
/** Shorter bars are not helpful. */
const SHORTEST_BAR = 5;

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * A running stage: spinner, names, phase, bar, percentage, rate and time left; for training a second line
 * with step, loss and its curve, learning rate and the last evaluation. `now`: milliseconds since the run
 * began; `frame` advances the spinner.
 */
export function runningLines(stage: StageView, columns: Columns, now: number, frame: number): Line[] {
  const icon = spinner[frame % spinner.length] ?? '';
  const names = nameSpans(stage, columns, icon, 'cyan');
  const room = columns.middle + GAP + columns.time;
  const first = fitLine([...names, ...progressSpans(stage, room, now)], columns.width);
  const training = isQueued(stage) ? undefined : stage.progress?.training;
  return training ? [first, trainingLine(stage, training, columns)] : [first];
}

/**
 * What follows the names, in `room` columns. Parts are left out in this order: phase, rate, time left, bar.
 */
function progressSpans(stage: StageView, room: number, now: number): Line {
  if (isQueued(stage)) return inQueue(stage, room, now);
  const fraction = fractionOf(stage);
  if (fraction === undefined) return withoutTotal(stage, room, now);
  const percent = ` ${formatPercent(fraction).padStart(5)}`;
  const left = secondsLeft(stage, now);
  const leftText = left === undefined ? '' : formatTimeLeft(left);
  const roomy = room >= 46;
  const leftWidth = roomy ? 11 : 7;
  const shownLeft = leftText === '' ? '' : roomy ? `${leftText} left` : leftText;
  const rateWidth = room >= 36 ? 12 : 0;
  const phase = roomy ? phaseOf(stage, room >= 60 ? 20 : 12) : '';
  // The same width for every phase of a stage keeps the bar where it is.
  const phaseWidth = phase === '' ? 0 : Math.max(widthOf(phase), stage.progress?.training ? 10 : 0) + 1;
  const showLeft = room >= 24;
  const used =
    phaseWidth + widthOf(percent) + (rateWidth > 0 ? rateWidth + GAP : 0) + (showLeft ? leftWidth + GAP : 0);
  const barWidth = Math.max(0, Math.min(30, room - used));
  const line: Line = [];
  if (phaseWidth > 0) line.push(span(fit(phase, phaseWidth - 1)), span(' '));
  // If there is little room, a part's name takes the place of the bar: its percentage is not that of the
  // previous part.
  const name = phaseWidth === 0 && stage.progress?.phase ? phaseOf(stage, barWidth) : '';
  const forBar = barWidth - (name === '' ? 0 : widthOf(name) + 1);
  if (name !== '') line.push(span(forBar < SHORTEST_BAR ? fit(name, barWidth) : `${name} `));
  if (name === '' || forBar >= SHORTEST_BAR) {
    const { full, rest } = bar(fraction, forBar);
    line.push(span(full, 'cyan'), span(rest, 'dim'));
  }
  line.push(span(percent));
  if (rateWidth > 0) line.push(span(gap), span(fit(rateText(stage), rateWidth, 'right')));
  if (showLeft) line.push(span(gap), span(fit(shownLeft, leftWidth, 'right'), 'dim'));
  return line;
}

/** A stage whose job does not run yet: `queued 3m · slurm 1234 · Resources`. */
function inQueue({ job }: StageView, room: number, now: number): Line {
  if (job === undefined) return [];
  const text = truncate(jobWords(job, now).join(' · '), room);
  return [span(fit(text, room), 'yellow')];
}

/**
 * A stage that reports no total, or nothing yet: what it has done, or why it runs; and for how long it has.
 */
function withoutTotal(stage: StageView, room: number, now: number): Line {
  const elapsed = stage.startedAt === undefined ? 0 : (now - stage.startedAt) / 1000;
  const time = formatDuration(elapsed);
  const { progress } = stage;
  const words = [
    progress ? formatAmount(progress.done, undefined, clean(progress.unit)) : '',
    rateText(stage),
  ];
  const text = progress
    ? [phaseOf(stage, 20), ...words].filter((word) => word !== '').join('  ')
    : shortReasons(stage.because, room - GAP - 7);
  return [
    span(fit(text, Math.max(0, room - GAP - 7)), progress ? 'plain' : 'dim'),
    span(gap),
    span(fit(time, 7, 'right'), 'dim'),
  ];
}

function phaseOf(stage: StageView, width: number): string {
  const { progress } = stage;
  if (progress === undefined) return '';
  // What follows in brackets is dropped first: `evaluating (test)`.
  if (progress.phase) return truncate(clean(progress.phase).replace(/ \(.*\)$/, ''), width);
  const { training } = progress;
  if (training === undefined) return truncate(shardsText(stage.job ?? {}), width);
  // The current epoch: with 2.25 epochs done it is the third.
  const total = Math.ceil(training.num_train_epochs);
  return `epoch ${Math.min(total, Math.floor(training.epoch) + 1)}/${total}`;
}

function rateText(stage: StageView): string {
  const rate = perSecond(stage.rate);
  return rate === undefined ? '' : formatRate(rate, clean(stage.progress?.unit ?? ''));
}

/**
 * Columns reserved for the first evaluation, ` accuracy 0.934 (epoch 1)`, so that the line does not move when
 * it comes.
 */
const EVALUATION = 26;

interface Piece {
  line: Line;
  /** The lowest is dropped first if there is no room. */
  keep: number;
}

function trainingLine(stage: StageView, training: TrainingProgress, columns: Columns): Line {
  const names = ICON + columns.id + GAP;
  const indents = columns.uses > 0 ? [names + columns.uses + GAP, names, ICON] : [ICON];
  // Decided by the widths that the pieces can grow to, so that nothing jumps while numbers change.
  for (const curve of [16, 8]) {
    for (const indent of indents) {
      const pieces = trainingPieces(stage, training, curve);
      const width = widthOfPieces(pieces) + (training.evaluation ? 0 : EVALUATION);
      if (indent + width <= columns.width) return [span(' '.repeat(indent)), ...join(pieces)];
    }
  }
  let pieces = trainingPieces(stage, training, 8);
  const room = columns.width - ICON;
  while (pieces.length > 1 && widthOfPieces(pieces) > room) {
    const least = Math.min(...pieces.map((piece) => piece.keep));
    pieces = pieces.filter((piece) => piece.keep !== least);
  }
  return fitLine([span(' '.repeat(ICON)), ...join(pieces)], columns.width);
}

function widthOfPieces(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + lineWidth(piece.line) + GAP, -GAP);
}

function trainingPieces(stage: StageView, training: TrainingProgress, curve: number): Piece[] {
  const { step, max_steps, loss, learning_rate, evaluation } = training;
  const digits = String(max_steps).length;
  const pieces: Piece[] = [
    { keep: 1, line: [span('step ', 'dim'), span(`${String(step).padStart(digits)}/${max_steps}`)] },
    {
      keep: 5,
      line: [
        span('loss ', 'dim'),
        span(`${formatLoss(loss).padEnd(5)} `),
        span(fit(sparkline(valuesOf(stage.losses), curve), curve), 'cyan'),
      ],
    },
    { keep: 2, line: [span('lr ', 'dim'), span(formatNumber(learning_rate).padEnd(7))] },
  ];
  if (evaluation) {
    const [name, value] = mainMetric(evaluation.metrics) ?? [];
    if (name !== undefined && value !== undefined) {
      pieces.push({ keep: 4, line: [span(`${clean(name)} `, 'dim'), span(formatMetric(value), 'green')] });
      pieces.push({ keep: 3, line: [span(`(epoch ${formatNumber(evaluation.epoch)})`, 'dim')] });
    }
  }
  return pieces;
}

function join(pieces: Piece[]): Line {
  const line: Line = [];
  pieces.forEach((piece, index) => {
    if (index > 0) line.push(span(piece.keep === 3 ? ' ' : gap));
    line.push(...piece.line);
  });
  return line;
}
