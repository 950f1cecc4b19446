import { type Colors, colorsFor, type Environment } from '../terminal/colors.js';
import { columnsOf, fitLine, type Line, lineWidth, paint } from '../terminal/line.js';
import { guardOutput, writePainted, writePaintedLine } from '../terminal/output.js';
import type { Painted } from '../terminal/terminal-text.js';
import type { StaticLine } from './ink/app.js';
import type { Screen as InkScreen } from './ink/screen.js';
import type { Screen } from './live-lines.js';

/** Between two frames of the spinner. */
const FRAME_MS = 100;

/**
 * A terminal with lines that stay, and below them lines that are redrawn: a timer draws them, so that a burst
 * of events costs no more than a frame. Until it is started, lines are written as they come, and Ink is not
 * loaded.
 */
export class LiveScreen {
  readonly #stdout: NodeJS.WriteStream;
  readonly #colors: Colors;
  readonly #live: (screen: Screen, frame: number) => Line[];
  #finished: StaticLine[] = [];
  #widths: number[] = [];
  #ink: InkScreen | undefined;
  #starting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #moves = true;

  /**
   * @param live The lines that are redrawn.
   */
  constructor(stdout: NodeJS.WriteStream, env: Environment, live: (screen: Screen, frame: number) => Line[]) {
    this.#stdout = stdout;
    this.#colors = colorsFor(stdout, env);
    this.#live = live;
    guardOutput(stdout);
  }

  get columns(): number {
    return columnsOf(this.#stdout);
  }

  get isStarted(): boolean {
    return this.#starting !== undefined;
  }

  /**
   * @param first Lines that stay, above all others.
   */
  start(first: readonly Line[] = []): void {
    if (this.#starting !== undefined) return;
    for (const line of first) this.push(line);
    this.#starting = this.#open();
  }

  /** Whether the redrawn lines move by themselves. If not, `draw` draws them. */
  set moves(moves: boolean) {
    this.#moves = moves;
    this.#tick();
  }

  /** Adds a line that stays. */
  push(line: Line): void {
    const fitted = fitLine(line, this.columns - 1);
    this.pushPainted(paint(fitted, this.#colors));
  }

  pushPainted(text: Painted): void {
    // Without Ink there is no live region to write above.
    if (this.#starting === undefined) writePaintedLine(this.#stdout, text);
    else this.#finished = [...this.#finished, { key: this.#finished.length, text }];
  }

  draw(): void {
    // The signal that reports a new size may come after this frame, which would then overwrite the wrong
    // rows.
    (this.#stdout as { _refreshSize?(): void })._refreshSize?.();
    const live = this.#live({ columns: this.columns, rows: this.#stdout.rows || 24 }, this.#frame);
    this.#widths = live.map(lineWidth);
    this.#ink?.draw({ finished: this.#finished, live: live.map((line) => paint(line, this.#colors)) });
  }

  /** Removes the redrawn lines, and releases the terminal. */
  async close(): Promise<void> {
    await this.#starting;
    clearInterval(this.#timer);
    this.#stdout.off('resize', this.#resized);
    process.off('SIGTSTP', this.#suspended);
    process.off('SIGCONT', this.#resumed);
    if (this.#ink !== undefined) {
      this.draw();
      await this.#ink.close();
    }
    this.#starting = undefined;
  }

  async #open(): Promise<void> {
    // React's development build grows without limit under Ink; it is chosen when React is first loaded.
    process.env.NODE_ENV ??= 'production';
    const { Screen } = await import('./ink/screen.js');
    const stdout = this.#stdout;
    // In the bundled command line this module and that one do not share `writePainted` and its state.
    this.#ink = new Screen({
      write: (text) => writePainted(stdout, text as Painted),
      get columns() {
        return stdout.columns;
      },
    });
    this.#stdout.on('resize', this.#resized);
    process.on('SIGTSTP', this.#suspended);
    process.on('SIGCONT', this.#resumed);
    this.#tick();
    this.draw();
  }

  #tick(): void {
    clearInterval(this.#timer);
    if (this.#ink === undefined || !this.#moves) return;
    this.#timer = setInterval(() => {
      this.#frame++;
      this.draw();
    }, FRAME_MS);
  }

  readonly #resized = (): void => {
    this.#ink?.resize(this.#widths);
    this.draw();
  };

  /** Ctrl-Z: the shell gets the terminal as it was, below the lines that stay. */
  readonly #suspended = (): void => {
    this.#ink?.leave();
    process.kill(process.pid, 'SIGSTOP');
  };

  readonly #resumed = (): void => {
    this.#ink?.enter();
    this.draw();
  };
}
