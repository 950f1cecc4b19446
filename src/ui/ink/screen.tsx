import { setTimeout as delay } from 'node:timers/promises';
import { type Instance, render } from 'ink';
import type { OutputStream } from '../../terminal/output.js';
import { HIDE_CURSOR, SHOW_CURSOR } from '../../terminal/terminal-text.js';
import { App, type AppProps } from './app.js';
import { InkOutput } from './ink-output.js';

/** More would be a waste. */
const FRAMES_PER_SECOND = 15;

/** An Ink instance on a terminal: pass it what to show, notify it of a new size, close it. */
export class Screen {
  readonly #output: InkOutput;
  readonly #ink: Instance;
  /** Of the live region. */
  #rows = 0;

  constructor(stream: OutputStream) {
    this.#output = new InkOutput(stream);
    this.#ink = render(<App finished={[]} live={[]} />, {
      stdout: this.#output as unknown as NodeJS.WriteStream,
      exitOnCtrlC: false,
      // Ink would write console output that it catches as if it were a frame.
      patchConsole: false,
      maxFps: FRAMES_PER_SECOND,
    });
  }

  draw(props: AppProps): void {
    this.#rows = props.live.length;
    this.#ink.rerender(<App {...props} />);
  }

  /** `widths`: columns that the lines of the last frame took. */
  resize(widths: readonly number[]): void {
    this.#output.resize(widths);
  }

  /** Removes the live region and shows the cursor, so that others can use the terminal. */
  leave(): void {
    this.#ink.clear();
    this.#output.write(SHOW_CURSOR);
    this.#output.hold();
  }

  /** Takes the terminal back: the next frame is drawn where the cursor is now. */
  enter(): void {
    // Ink still intends to overwrite the rows of its last frame.
    this.#output.release('\n'.repeat(this.#rows), HIDE_CURSOR);
  }

  /** Removes the live region, shows the cursor again and leaves the static lines in place. */
  async close(): Promise<void> {
    // The last static lines may still be waiting for their frame.
    await delay(2000 / FRAMES_PER_SECOND);
    this.#ink.clear();
    const exited = this.#ink.waitUntilExit();
    this.#ink.unmount();
    await exited;
  }
}
