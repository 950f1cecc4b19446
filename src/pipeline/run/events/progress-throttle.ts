import type { Progress } from '../../../stage/stage-type.js';

/** Enough for a smooth display; more would be a waste. */
const INTERVAL_MS = 50;

/** Passes on at most one progress report every 50 ms, and always the last one before `flush`. */
export class ProgressThrottle {
  #last = Number.NEGATIVE_INFINITY;
  #pending: Progress | undefined;
  readonly #deliver: (progress: Progress) => void;

  constructor(deliver: (progress: Progress) => void) {
    this.#deliver = deliver;
  }

  push(progress: Progress): void {
    this.#pending = progress;
    if (performance.now() - this.#last >= INTERVAL_MS) this.flush();
  }

  flush(): void {
    if (this.#pending === undefined) return;
    this.#deliver(this.#pending);
    this.#pending = undefined;
    this.#last = performance.now();
  }
}
