import { type Colors, colorsFor } from '../ui/colors.js';
import { type Line, paint } from '../ui/line.js';
import { writeLine } from '../ui/output.js';

/** Columns that text on standard output may take: the terminal's, less one; in a pipe, lines may be long. */
export function outputWidth(): number {
  return process.stdout.isTTY ? Math.max(20, process.stdout.columns - 1) : 160;
}

/** Prints lines on standard output, in colour where that is allowed. */
export function printLines(
  lines: readonly Line[],
  colors: Colors = colorsFor(process.stdout, process.env),
): void {
  for (const line of lines) writeLine(process.stdout, paint(line, colors));
}

/** Prints JSON for scripts. */
export function printJson(value: unknown): void {
  writeLine(process.stdout, JSON.stringify(value, null, 2));
}
