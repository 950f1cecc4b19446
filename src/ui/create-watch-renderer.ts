import type { RunEvent } from '../pipeline/run/events/run-events.js';
import type { WatchEvent } from '../pipeline/run/events/watch-events.js';
import { type Colors, colorsFor, type Environment } from '../terminal/colors.js';
import { type Line, paint } from '../terminal/line.js';
import { type OutputStream, writePaintedLine } from '../terminal/output.js';
import type { Painted } from '../terminal/terminal-text.js';
import { resolveMode } from './create-renderer.js';
import { JsonRenderer } from './json-renderer.js';
import { PlainRenderer } from './plain-renderer.js';
import type { ProgressMode } from './progress-mode.js';
import { QuietRenderer } from './quiet-renderer.js';
import { waitingLines, watchLines } from './watch-lines.js';
import { isRunEvent, type WatchRenderer, type WatchRendererOptions } from './watch-renderer.js';

/** The renderer of a mode; see `createRenderer`. */
export async function createWatchRenderer(
  mode: ProgressMode,
  options: WatchRendererOptions,
): Promise<WatchRenderer> {
  const { stdout, stderr, env } = options;
  switch (resolveMode(mode, options)) {
    case 'json':
      return jsonRenderer(stdout);
    case 'quiet':
      return new LinesRenderer(stderr, () => new QuietRenderer(stderr, env), { ...options, quiet: true });
    case 'plain':
      return new LinesRenderer(stdout, () => new PlainRenderer(stdout, env), options);
    case 'tty': {
      const { WatchScreen } = await import('./watch-screen.js');
      return new WatchScreen(stdout as NodeJS.WriteStream, options);
    }
  }
}

function jsonRenderer(stdout: OutputStream): WatchRenderer {
  const lines = new JsonRenderer(stdout);
  return {
    event: (event) => lines.event(event as RunEvent),
    problems: () => undefined,
    close: async () => {},
  };
}

/** A log file has no width; beyond this, people stop reading. */
const WIDTH = 160;

/** Lines, and a renderer of lines for each run. */
class LinesRenderer implements WatchRenderer {
  readonly #stream: OutputStream;
  readonly #colors: Colors;
  readonly #newRun: () => { event(event: RunEvent): void };
  readonly #options: { recipe: string; env: Environment; quiet?: boolean };
  #run: { event(event: RunEvent): void } | undefined;

  constructor(
    stream: OutputStream,
    newRun: () => { event(event: RunEvent): void },
    options: { recipe: string; env: Environment; quiet?: boolean },
  ) {
    this.#stream = stream;
    this.#colors = colorsFor(stream, options.env);
    this.#newRun = newRun;
    this.#options = options;
  }

  event(event: WatchEvent): void {
    if (isRunEvent(event)) {
      if (event.type === 'run-started' || this.#run === undefined) this.#run = this.#newRun();
      this.#run.event(event);
      return;
    }
    const { quiet, recipe } = this.#options;
    if (quiet && event.type !== 'watch-failed') return;
    if (event.type === 'watch-waiting') this.#write(waitingLines(recipe, event, [], WIDTH));
    else this.#write(watchLines(event, WIDTH));
  }

  problems(texts: readonly Painted[]): void {
    for (const text of texts) writePaintedLine(this.#stream, text);
  }

  async close(): Promise<void> {}

  #write(lines: readonly Line[]): void {
    for (const line of lines) writePaintedLine(this.#stream, paint(line, this.#colors));
  }
}
