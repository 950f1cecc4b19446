import { formatAmount, formatPercent } from '../terminal/format.js';
import { progressLine } from './progress-line.js';

/** A progress line on a terminal, removed at the end. Prints nothing elsewhere. */
export function byteProgress(
  word: string,
  ...where: Parameters<typeof progressLine>
): { update(done: number, total?: number): void; end(): void } {
  const line = progressLine(...where);
  let ended = false;
  return {
    update(done, total) {
      if (ended) return;
      const share = total === undefined ? '' : `${formatPercent(done / total)}  `;
      line.update(() => `${word} ${share}${formatAmount(done, total, 'bytes')}`);
    },
    end() {
      line.clear();
      ended = true;
    },
  };
}
