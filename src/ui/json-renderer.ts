import type { Renderer, RunEvent } from '../pipeline/run/events/run-events.js';
import { guardOutput, type OutputStream, writeLine } from '../terminal/output.js';
import { toJson } from '../terminal/terminal-text.js';

/** One event per line, as JSON; the last is `run-finished`. */
export class JsonRenderer implements Renderer {
  readonly #stdout: OutputStream;

  constructor(stdout: OutputStream) {
    this.#stdout = stdout;
    guardOutput(stdout);
  }

  event(event: RunEvent): void {
    writeLine(this.#stdout, toJson(event));
  }

  async close(): Promise<void> {}
}
