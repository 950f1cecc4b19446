import type { WatchEvent } from '../pipeline/run/events/watch-events.js';
import { clean, fitLine, type Line, span } from '../terminal/line.js';
import type { Painted } from '../terminal/terminal-text.js';
import { headerLine, logLines } from './header.js';
import { liveLines, type Screen } from './live-lines.js';
import { LiveScreen } from './live-screen.js';
import { RunLayout } from './run-layout.js';
import { finishedLine } from './stage-lines.js';
import { summaryLines } from './summary.js';
import { allHits, initialView, type RunView, reduce, stageOf } from './view-model.js';
import { questionLines, waitingLines, watchLines } from './watch-lines.js';
import { isRunEvent, type WatchRenderer, type WatchRendererOptions } from './watch-renderer.js';

/** What is redrawn, below everything that happened. */
type Live =
  | { type: 'busy' }
  | { type: 'closed' }
  | { type: 'waiting'; event: Extract<WatchEvent, { type: 'watch-waiting' }> }
  | { type: 'running'; question?: Extract<WatchEvent, { type: 'watch-decision' }> };

/** The live terminal UI of a watch: one for all its runs. */
export class WatchScreen implements WatchRenderer {
  readonly #screen: LiveScreen;
  readonly #options: WatchRendererOptions;
  readonly #layout = new RunLayout();
  #live: Live = { type: 'busy' };
  #view: RunView = initialView;
  /** `Date.now()` when the run began. */
  #began = 0;

  constructor(stdout: NodeJS.WriteStream, options: WatchRendererOptions) {
    this.#options = options;
    this.#screen = new LiveScreen(stdout, options.env, (screen, frame) => this.#lines(screen, frame));
    this.#screen.moves = false;
    this.#screen.start();
  }

  event(event: WatchEvent): void {
    if (isRunEvent(event)) this.#view = reduce(this.#view, event);
    const width = this.#screen.columns - 1;
    switch (event.type) {
      case 'run-started':
        this.#view = reduce(initialView, event);
        this.#began = Date.now() - event.at;
        this.#show({ type: 'running' });
        this.#push([headerLine(this.#view, width)]);
        break;
      case 'stage-finished':
        this.#stageFinished(event.id);
        break;
      case 'stage-log':
        this.#push(logLines(event.text, event.level, event.id, width));
        break;
      case 'warning':
        this.#push(logLines(event.text, 'warning', undefined, width));
        break;
      case 'run-finished':
        this.#push([...summaryLines(this.#view, width), []]);
        this.#show({ type: 'busy' });
        break;
      case 'watch-waiting':
        this.#show({ type: 'waiting', event });
        break;
      case 'watch-decision':
        if (event.decision === 'ask') this.#show({ type: 'running', question: event });
        else {
          this.#push(watchLines(event, width));
          this.#show({ type: 'running' });
        }
        break;
      case 'watch-changed':
        this.#push(watchLines(event, width));
        if (!event.running) this.#show({ type: 'busy' });
        break;
      case 'watch-unaffected':
        this.#push(watchLines(event, width));
        if (event.running) this.#show({ type: 'running' });
        break;
      default:
        this.#push(watchLines(event, width));
    }
  }

  problems(texts: readonly Painted[]): void {
    for (const text of texts) for (const line of text.split('\n')) this.#screen.pushPainted(line as Painted);
    this.#screen.draw();
  }

  close(): Promise<void> {
    this.#live = { type: 'closed' };
    return this.#screen.close();
  }

  #show(live: Live): void {
    // A question concerns only the run that it was asked about.
    this.#live = live;
    this.#screen.moves = live.type === 'running';
    this.#screen.draw();
  }

  #push(lines: readonly Line[]): void {
    for (const line of lines) this.#screen.push(line);
    if (this.#live.type !== 'running' && lines.length > 0) this.#screen.draw();
  }

  #lines(screen: Screen, frame: number): Line[] {
    const width = screen.columns - 1;
    const { keys, recipe } = this.#options;
    const live = this.#live;
    if (live.type === 'closed') return [];
    if (live.type === 'busy') return [fitLine([span(`reading ${clean(recipe)} …`, 'dim')], width)];
    if (live.type === 'waiting') return waitingLines(recipe, live.event, keys.waiting, width);
    const question =
      live.question === undefined ? [] : questionLines(live.question.changes, keys.asking, width);
    const rows = Math.max(3, screen.rows - question.length);
    return [...liveLines(this.#view, { ...screen, rows }, Date.now() - this.#began, frame), ...question];
  }

  #stageFinished(id: string): void {
    const stage = stageOf(this.#view, id);
    // For a run of only hits, the summary is sufficient.
    if (stage === undefined || allHits(this.#view)) return;
    this.#push([finishedLine(stage, this.#layout.columns(this.#view, this.#screen.columns))]);
  }
}
