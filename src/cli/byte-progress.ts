import { formatAmount, formatPercent } from '../ui/format.js';

const EVERY_MS = 100;

/** A line on a terminal that says how many bytes are done, and goes when all are. Anywhere else it says nothing. */
export function byteProgress(
  word: string,
  stream: NodeJS.WriteStream = process.stderr,
): { tell(done: number, total?: number): void; end(): void } {
  let told = 0;
  let shown = false;
  let ended = false;
  return {
    tell(done, total) {
      const now = performance.now();
      if (ended || !stream.isTTY || now - told < EVERY_MS) return;
      told = now;
      shown = true;
      const share = total === undefined ? '' : `${formatPercent(done / total)}  `;
      stream.write(`\r${word} ${share}${formatAmount(done, total, 'bytes')}\x1b[K`);
    },
    end() {
      if (shown) stream.write('\r\x1b[K');
      ended = true;
    },
  };
}
