import { foldMessage } from '../terminal/line.js';
import { writeLine } from '../terminal/output.js';

/** Prints a warning. */
export function warnOnStderr(text: string): void {
  writeLine(process.stderr, foldMessage(`! ${text}`, process.stderr));
}
