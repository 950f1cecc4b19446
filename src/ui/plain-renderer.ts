import type { Renderer, RunEvent } from '../pipeline/run/events/run-events.js';
import { type Colors, colorsFor, type Environment } from '../terminal/colors.js';
import {
  formatAmount,
  formatDuration,
  formatLoss,
  formatNumber,
  formatPercent,
  formatRate,
  formatTimeLeft,
} from '../terminal/format.js';
import { clean, fit, type Line, paint, span, widthOf } from '../terminal/line.js';
import { guardOutput, type OutputStream, writePaintedLine } from '../terminal/output.js';
import { headerLine, logLines } from './header.js';
import { jobWords, queuedText, shardsText } from './job-words.js';
import { mainMetric } from './metrics.js';
import { perSecond } from './rate.js';
import { iconOf } from './stage-lines.js';
import { stoppingTexts } from './stopping-texts.js';
import { summaryLines } from './summary.js';
import { secondsLeft } from './time-left.js';
import {
  allHits,
  fractionOf,
  initialView,
  type RunView,
  reduce,
  type StageView,
  stageOf,
} from './view-model.js';

/** A progress line at most every ten seconds, or every ten percent if that is less often. */
const EVERY_MS = 10_000;
const EVERY_FRACTION = 0.1;
/** A log file has no width; beyond this, people stop reading. */
const WIDTH = 160;

/**
 * Lines for logs, pipes and continuous integration: one when a stage starts and ends, a few in between, a
 * summary. Nothing moves.
 */
export class PlainRenderer implements Renderer {
  readonly #stdout: OutputStream;
  readonly #colors: Colors;
  #view: RunView = initialView;
  /** When a stage's last progress line was written, and at which fraction. */
  readonly #reported = new Map<string, { at: number; fraction: number; phase?: string }>();
  #measured: { places: RunView['places']; width: number; uses: number } | undefined;
  #held: Line[] = [];
  #quietStart = false;

  constructor(stdout: OutputStream, env: Environment) {
    this.#stdout = stdout;
    this.#colors = colorsFor(stdout, env);
    guardOutput(stdout);
  }

  event(event: RunEvent): void {
    const before = 'id' in event ? stageOf(this.#view, event.id)?.job : undefined;
    this.#view = reduce(this.#view, event);
    switch (event.type) {
      case 'run-started':
        this.#write(headerLine(this.#view));
        // If all are hits, the stages are not listed individually unless one of them turns out not to be.
        this.#quietStart = allHits(this.#view);
        break;
      case 'stage-waiting':
        this.#write(
          this.#line(event.id, 'waits', [
            span(`process ${event.holder.pid} on ${clean(event.holder.host)} is computing it`),
          ]),
        );
        break;
      case 'stage-started':
        this.#reported.set(event.id, { at: event.at, fraction: 0 });
        this.#write(this.#line(event.id, 'start', [span(event.because.map(clean).join(', '))]));
        break;
      case 'stage-job':
        this.#job(event.id, before);
        break;
      case 'stage-progress':
        this.#progress(event.id, event.at);
        break;
      case 'stage-finished':
        this.#finished(event.id);
        break;
      case 'stage-log':
        for (const line of logLines(event.text, event.level, event.id)) {
          // Hits that are held back are not listed just because one of them has a warning.
          if (this.#quietStart) this.#print(line);
          else this.#write(line);
        }
        break;
      case 'warning':
        for (const line of logLines(event.text, 'warning')) this.#write(line);
        break;
      case 'cancelling':
      case 'jobs-decision':
        this.#write([span(stoppingTexts(this.#view.jobsDecision).long, 'yellow')]);
        break;
      case 'run-finished':
        for (const line of summaryLines(this.#view, WIDTH)) this.#print(line);
        break;
    }
  }

  async close(): Promise<void> {}

  /** A line for each state and each reason of a job. */
  #job(id: string, before: StageView['job']): void {
    const job = stageOf(this.#view, id)?.job;
    if (job === undefined || job.state === 'submitting') return;
    const [state = '', ...words] = jobWords(job, job.since);
    if (before !== undefined && before.since === job.since && before.reason === job.reason) return;
    this.#write(this.#line(id, state, [span(words.join(' · '))]));
  }

  #finished(id: string): void {
    const outcome = stageOf(this.#view, id)?.outcome;
    if (outcome === undefined) return;
    const words = [outcome.because.map(clean).join(', '), clean(outcome.summary ?? '')];
    // The reason was printed when it started.
    if (this.#reported.has(id)) words.shift();
    const time = outcome.status === 'skipped' ? '' : formatDuration(outcome.seconds);
    words.push(queuedText(outcome));
    const text = [...words, time].filter((word) => word !== '').join('  ');
    const word = outcome.status === 'run' ? 'done' : outcome.status;
    const line = this.#line(id, word, [span(text)], iconOf(outcome.status).style);
    if (this.#quietStart && outcome.status === 'hit') this.#held.push(line);
    else this.#write(line);
  }

  #progress(id: string, at: number): void {
    const stage = stageOf(this.#view, id);
    if (stage?.progress === undefined) return;
    const fraction = fractionOf(stage);
    const last = this.#reported.get(id) ?? { at, fraction: 0 };
    if (at - last.at < EVERY_MS) return;
    if (fraction !== undefined && fraction - last.fraction < EVERY_FRACTION && at - last.at < 6 * EVERY_MS)
      return;
    this.#reported.set(id, { at, fraction: fraction ?? 0 });
    this.#write(
      this.#line(id, fraction === undefined ? '…' : formatPercent(fraction), [span(progressText(stage, at))]),
    );
  }

  #line(
    id: string,
    word: string,
    rest: Line,
    style: 'plain' | ReturnType<typeof iconOf>['style'] = 'plain',
  ): Line {
    const { width, uses } = this.#widths();
    const stage = stageOf(this.#view, id);
    return [
      span(fit(clean(id), width), 'bold'),
      span('  '),
      span(fit(clean(stage?.uses ?? ''), uses), 'dim'),
      span('  '),
      span(fit(word, 7), style),
      span('  '),
      ...rest,
    ];
  }

  /** The widths of the columns, valid while the stages are the same. */
  #widths(): { width: number; uses: number } {
    const { stages, places } = this.#view;
    if (this.#measured?.places !== places) {
      const widest = (texts: string[]) => Math.max(...texts.map((text) => widthOf(clean(text))));
      const width = widest(stages.map(({ id }) => id));
      this.#measured = { places, width, uses: widest(stages.map(({ uses }) => uses)) };
    }
    return this.#measured;
  }

  #write(line: Line): void {
    const held = this.#held;
    this.#held = [];
    if (held.length > 0) this.#quietStart = false;
    for (const each of [...held, line]) this.#print(each);
  }

  #print(line: Line): void {
    writePaintedLine(this.#stdout, paint(line, this.#colors));
  }
}

function progressText(stage: StageView, now: number): string {
  const { progress } = stage;
  if (progress === undefined) return '';
  const { done, total, unit, phase, training } = progress;
  const words: string[] = [];
  if (phase) words.push(clean(phase));
  if (stage.job?.shards) words.push(shardsText(stage.job));
  if (training) {
    const { epoch, num_train_epochs, step, max_steps, loss, learning_rate, evaluation } = training;
    words.push(`epoch ${formatNumber(epoch)}/${formatNumber(num_train_epochs)}`, `step ${step}/${max_steps}`);
    words.push(`loss ${formatLoss(loss)}`, `lr ${formatNumber(learning_rate)}`);
    const [name, value] = mainMetric(evaluation?.metrics ?? {}) ?? [];
    if (name !== undefined && value !== undefined)
      words.push(`${clean(name)} ${formatNumber(value)} (epoch ${formatNumber(evaluation?.epoch ?? 0)})`);
  } else words.push(formatAmount(done, total, clean(unit)));
  const rate = perSecond(stage.rate);
  if (rate !== undefined) words.push(formatRate(rate, clean(unit)));
  const left = secondsLeft(stage, now);
  if (left !== undefined) words.push(`${formatTimeLeft(left)} left`);
  return words.filter((word) => word !== '').join('  ');
}
