import type { Renderer, RunEvent } from '../pipeline/run/events/run-events.js';
import type { Environment } from '../terminal/colors.js';
import type { Line } from '../terminal/line.js';
import { headerLine, logLines } from './header.js';
import { liveLines } from './live-lines.js';
import { LiveScreen } from './live-screen.js';
import { RunLayout } from './run-layout.js';
import { finishedLine } from './stage-lines.js';
import { summaryLines } from './summary.js';
import { allHits, initialView, type RunView, reduce, stageOf } from './view-model.js';

/**
 * The live terminal UI. Events only change the view. Ink is loaded when there is something to watch, which a
 * run of only hits never has.
 */
export class TerminalRenderer implements Renderer {
  readonly #screen: LiveScreen;
  readonly #layout = new RunLayout();
  #view: RunView = initialView;
  /** `Date.now()` when the run began. */
  #began = 0;
  /** Hits of a run that has nothing else so far. */
  #held: Line[] = [];

  constructor(stdout: NodeJS.WriteStream, env: Environment) {
    this.#screen = new LiveScreen(stdout, env, (screen, frame) =>
      liveLines(this.#view, screen, Date.now() - this.#began, frame),
    );
  }

  event(event: RunEvent): void {
    this.#began ||= Date.now() - event.at;
    this.#view = reduce(this.#view, event);
    switch (event.type) {
      case 'run-started':
        this.#screen.push(headerLine(this.#view, this.#screen.columns - 1));
        if (!allHits(this.#view)) this.#start();
        break;
      case 'stage-started':
      case 'stage-waiting':
        this.#start();
        break;
      case 'stage-finished':
        this.#stageFinished(event.id);
        break;
      case 'stage-log':
        this.#log(event.text, event.level, event.id);
        break;
      case 'warning':
        this.#log(event.text, 'warning');
        break;
    }
  }

  async close(): Promise<void> {
    await this.#screen.close();
    for (const line of summaryLines(this.#view, this.#screen.columns - 1)) this.#screen.push(line);
  }

  #start(): void {
    this.#screen.start(this.#held.splice(0));
  }

  #stageFinished(id: string): void {
    const stage = stageOf(this.#view, id);
    if (stage === undefined) return;
    const line = finishedLine(stage, this.#layout.columns(this.#view, this.#screen.columns));
    if (!this.#screen.isStarted && stage.outcome?.status === 'hit') this.#held.push(line);
    else this.#screen.push(line);
  }

  #log(text: string, level: 'info' | 'warning', id?: string): void {
    for (const line of logLines(text, level, id, this.#screen.columns - 1)) this.#screen.push(line);
  }
}
