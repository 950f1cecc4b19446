import { understandsEscapes } from '../terminal/colors.js';
import { clean, columnsOf, truncate } from '../terminal/line.js';
import { type OutputStream, writePainted } from '../terminal/output.js';
import { ERASE_REST, joinPainted, LINE_START, paintText } from '../terminal/terminal-text.js';

const EVERY_MS = 100;

/** A line on a terminal that says how far work is, removed at the end. */
export interface ProgressLine {
  /** Replaces its text, but not more often than every 100 ms. */
  update(text: () => string): void;
  /** Removes it until the next update: something else is printed. */
  clear(): void;
}

/** Opens one. Prints nothing where there is no terminal. */
export function progressLine(
  stream: OutputStream & { columns?: number } = process.stderr,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ProgressLine {
  const isShown = understandsEscapes(stream, env);
  let shownAt = Number.NEGATIVE_INFINITY;
  let shown = false;
  return {
    update(text) {
      const now = performance.now();
      if (!isShown || now - shownAt < EVERY_MS) return;
      shownAt = now;
      shown = true;
      const fitted = paintText(truncate(clean(text()), columnsOf(stream) - 1));
      writePainted(stream, joinPainted([LINE_START, fitted, ERASE_REST]));
    },
    clear() {
      if (shown) writePainted(stream, joinPainted([LINE_START, ERASE_REST]));
      shown = false;
    },
  };
}
