import { understandsEscapes } from '../terminal/colors.js';
import { formatAmount, formatPercent } from '../terminal/format.js';
import { type OutputStream, writePainted } from '../terminal/output.js';
import { ERASE_REST, joinPainted, LINE_START, paintText } from '../terminal/terminal-text.js';

const EVERY_MS = 100;

/** A progress line on a terminal, removed at the end. Prints nothing elsewhere. */
export function byteProgress(
  word: string,
  stream: OutputStream = process.stderr,
  env: Readonly<Record<string, string | undefined>> = process.env,
): { update(done: number, total?: number): void; end(): void } {
  const isShown = understandsEscapes(stream, env);
  let shownAt = 0;
  let shown = false;
  let ended = false;
  return {
    update(done, total) {
      const now = performance.now();
      if (ended || !isShown || now - shownAt < EVERY_MS) return;
      shownAt = now;
      shown = true;
      const share = total === undefined ? '' : `${formatPercent(done / total)}  `;
      const text = paintText(`${word} ${share}${formatAmount(done, total, 'bytes')}`);
      writePainted(stream, joinPainted([LINE_START, text, ERASE_REST]));
    },
    end() {
      if (shown) writePainted(stream, joinPainted([LINE_START, ERASE_REST]));
      ended = true;
    },
  };
}
