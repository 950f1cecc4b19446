import type { Renderer, RunEvent } from '../pipeline/run/events/run-events.js';
import { type Colors, colorsFor, type Environment } from '../terminal/colors.js';
import { type Line, paint } from '../terminal/line.js';
import { guardOutput, type OutputStream, writePaintedLine } from '../terminal/output.js';
import { logLines } from './header.js';
import { summaryLines } from './summary.js';
import { initialView, type RunView, reduce } from './view-model.js';

/** Nothing but warnings, and the summary of a run that did not succeed; all of it on standard error. */
export class QuietRenderer implements Renderer {
  readonly #stderr: OutputStream;
  readonly #colors: Colors;
  #view: RunView = initialView;

  constructor(stderr: OutputStream, env: Environment) {
    this.#stderr = stderr;
    this.#colors = colorsFor(stderr, env);
    guardOutput(stderr);
  }

  event(event: RunEvent): void {
    this.#view = reduce(this.#view, event);
    if (event.type === 'warning') this.#write(logLines(event.text, 'warning'));
    else if (event.type === 'stage-log' && event.level === 'warning')
      this.#write(logLines(event.text, 'warning', event.id));
    else if (event.type === 'run-finished' && event.status !== 'success') {
      this.#write(summaryLines(this.#view, Number.POSITIVE_INFINITY));
    }
  }

  async close(): Promise<void> {}

  #write(lines: readonly Line[]): void {
    for (const line of lines) writePaintedLine(this.#stderr, paint(line, this.#colors));
  }
}
