import type { Renderer, RunEvent } from '../pipeline/run/events.js';
import { type Colors, colorsFor, type Environment } from '../terminal/colors.js';
import { type Columns, layOut } from '../terminal/columns.js';
import { columnsOf, fitLine, type Line, lineWidth, paint } from '../terminal/line.js';
import { guardOutput, writePaintedLine } from '../terminal/output.js';
import { headerLine, logLines } from './header.js';
import type { StaticLine } from './ink/app.js';
import type { Screen } from './ink/screen.js';
import { liveLines } from './live-lines.js';
import { finishedLine } from './stage-lines.js';
import { summaryLines } from './summary.js';
import { allHits, initialView, type RunView, reduce, stageOf } from './view-model.js';

/** Between two turns of the spinner. */
const FRAME_MS = 100;

/**
 * The live terminal UI. Events only change the view; a timer draws it, so that a burst of events costs no
 * more than a frame. Ink is loaded when there is something to watch, which a run of hits only never has.
 */
export class TerminalRenderer implements Renderer {
  readonly #stdout: NodeJS.WriteStream;
  readonly #colors: Colors;
  #view: RunView = initialView;
  #finished: StaticLine[] = [];
  #widths: number[] = [];
  #laidOut: { places: RunView['places']; of: number; columns: Columns } | undefined;
  #screen: Screen | undefined;
  #starting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  /** `Date.now()` when the run began. */
  #began = 0;
  /** Hits of a run that so far has nothing else. */
  #held: Line[] = [];

  constructor(stdout: NodeJS.WriteStream, env: Environment) {
    this.#stdout = stdout;
    this.#colors = colorsFor(stdout, env);
    guardOutput(stdout);
  }

  event(event: RunEvent): void {
    this.#began ||= Date.now() - event.at;
    this.#view = reduce(this.#view, event);
    switch (event.type) {
      case 'run-started':
        this.#push(headerLine(this.#view, this.#columns - 1));
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
    await this.#starting;
    clearInterval(this.#timer);
    this.#stdout.off('resize', this.#resized);
    process.off('SIGTSTP', this.#suspended);
    process.off('SIGCONT', this.#resumed);
    if (this.#screen !== undefined) {
      this.#draw();
      await this.#screen.close();
    }
    for (const line of summaryLines(this.#view, this.#columns - 1)) this.#write(line);
  }

  get #columns(): number {
    return columnsOf(this.#stdout);
  }

  #start(): void {
    this.#starting ??= this.#open();
  }

  async #open(): Promise<void> {
    // React's development build grows without end under Ink; it is chosen when React is first loaded.
    process.env.NODE_ENV ??= 'production';
    const { Screen } = await import('./ink/screen.js');
    for (const line of this.#held.splice(0)) this.#push(line);
    this.#screen = new Screen(this.#stdout);
    this.#stdout.on('resize', this.#resized);
    process.on('SIGTSTP', this.#suspended);
    process.on('SIGCONT', this.#resumed);
    this.#timer = setInterval(() => {
      this.#frame++;
      this.#draw();
    }, FRAME_MS);
    this.#draw();
  }

  #draw(): void {
    // The signal of a new size may come after this frame, which would then be drawn over the wrong rows.
    (this.#stdout as { _refreshSize?(): void })._refreshSize?.();
    const { columns, rows } = { columns: this.#columns, rows: this.#stdout.rows || 24 };
    const live = liveLines(this.#view, { columns, rows }, Date.now() - this.#began, this.#frame);
    this.#widths = live.map(lineWidth);
    this.#screen?.draw({ finished: this.#finished, live: live.map((line) => paint(line, this.#colors)) });
  }

  readonly #resized = (): void => {
    this.#screen?.resize(this.#widths);
    this.#draw();
  };

  /** Ctrl-Z: the shell gets the terminal as it was, below what is written for good. */
  readonly #suspended = (): void => {
    this.#screen?.leave();
    process.kill(process.pid, 'SIGSTOP');
  };

  readonly #resumed = (): void => {
    this.#screen?.enter();
    this.#draw();
  };

  #stageFinished(id: string): void {
    const stage = stageOf(this.#view, id);
    if (stage === undefined) return;
    const line = finishedLine(stage, this.#layout());
    if (this.#starting === undefined && stage.outcome?.status === 'hit') this.#held.push(line);
    else this.#push(line);
  }

  /** The columns, while the terminal and the stages are the same ones. */
  #layout(): Columns {
    const { stages, places } = this.#view;
    const known = this.#laidOut;
    if (known?.places === places && known.of === this.#columns) return known.columns;
    const columns = layOut(stages, this.#columns);
    this.#laidOut = { places, of: this.#columns, columns };
    return columns;
  }

  #log(text: string, level: 'info' | 'warning', id?: string): void {
    for (const line of logLines(text, level, id, this.#columns - 1)) this.#push(line);
  }

  #push(line: Line): void {
    const fitted = fitLine(line, this.#columns - 1);
    // Without Ink there is no live region to write above.
    if (this.#starting === undefined) this.#write(fitted);
    else
      this.#finished = [...this.#finished, { key: this.#finished.length, text: paint(fitted, this.#colors) }];
  }

  #write(line: Line): void {
    writePaintedLine(this.#stdout, paint(line, this.#colors));
  }
}
