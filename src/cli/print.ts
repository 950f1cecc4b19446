import { type Colors, colorsFor } from '../terminal/colors.js';
import { columnsOf, fitLine, type Line, paint } from '../terminal/line.js';
import { writeLine, writePaintedLine } from '../terminal/output.js';
import { joinPainted, toJson } from '../terminal/terminal-text.js';

/**
 * Columns that a line on standard output may take: the terminal's, less one; in a pipe, lines are not
 * limited.
 */
export function outputWidth(): number {
  return process.stdout.isTTY ? Math.max(20, columnsOf(process.stdout) - 1) : Number.POSITIVE_INFINITY;
}

/** Columns at which running text is folded: wider text is hard to read. */
export function proseWidth(width: number): number {
  return Math.min(width, 100);
}

/** Lines in one write. */
const AT_ONCE = 500;

/**
 * Prints lines on standard output, in colour if allowed; on a terminal, truncated to its width rather than
 * wrapped.
 */
export function printLines(
  lines: readonly Line[],
  colors: Colors = colorsFor(process.stdout, process.env),
): void {
  const width = outputWidth();
  for (let at = 0; at < lines.length; at += AT_ONCE) {
    const painted = lines.slice(at, at + AT_ONCE).map((line) => paint(fitLine(line, width), colors));
    writePaintedLine(process.stdout, joinPainted(painted, '\n'));
  }
}

/** Prints JSON for scripts. */
export function printJson(value: unknown): void {
  writeLine(process.stdout, toJson(value, 2));
}
