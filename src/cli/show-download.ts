import type { Progress } from '../index.js';
import { formatAmount } from '../terminal/format.js';
import { writePainted } from '../terminal/output.js';
import { ERASE_REST, joinPainted, LINE_START, paintText } from '../terminal/terminal-text.js';

/** Overwrites the previous line, and removes it at the end. */
export function showDownload({ phase, done, total, unit }: Progress): void {
  const line = `${phase} ${formatAmount(done, total, unit)}`;
  const text = paintText(done === total ? '' : line);
  writePainted(process.stderr, joinPainted([LINE_START, text, ERASE_REST]));
}
