import type { Clock } from '../../src/pipeline/executors/clock.js';

interface Sleeper {
  at: number;
  /** Of two that wake up at the same time, the first to sleep is the first. */
  number: number;
  wake?: () => void;
}

const MAX_LOOKS = 100;

/**
 * A clock that does not wait: once nothing else is to be done, it is as late as the next one wants to wake
 * up.
 */
export class VirtualClock implements Clock {
  /** A binary heap. */
  readonly #sleepers: Sleeper[] = [];
  #now = 0;
  #number = 0;
  #isMoving = false;
  /** How often in succession files were still being read or written. */
  #looks = 0;

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), number: this.#number++, wake: resolve };
      if (signal !== undefined) {
        const stop = () => {
          sleeper.wake = undefined;
          reject(signal.reason);
        };
        sleeper.wake = () => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        signal.addEventListener('abort', stop, { once: true });
      }
      this.#push(sleeper);
      this.#move();
    });
  }

  /** In a macrotask, when all promises that can be have been settled. */
  #move(): void {
    if (this.#isMoving) return;
    this.#isMoving = true;
    const step = () => {
      this.#isMoving = false;
      this.#looks = isBusy() ? this.#looks + 1 : 0;
      if (this.#looks === 0) this.#wakeNext();
      if (this.#sleepers.length > 0) this.#move();
    };
    // On a busy machine, looking would keep the processor from the threads that read and write.
    if (this.#looks > MAX_LOOKS) setTimeout(step, 1);
    else setImmediate(step);
  }

  #wakeNext(): void {
    while (this.#sleepers.length > 0) {
      const { at, wake } = this.#pop();
      if (wake === undefined) continue;
      this.#now = at;
      wake();
      return;
    }
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    let at = heap.length;
    for (; at > 0; at = (at - 1) >> 1) {
      const above = heap[(at - 1) >> 1]!;
      if (isBefore(above, sleeper)) break;
      heap[at] = above;
    }
    heap[at] = sleeper;
  }

  #pop(): Sleeper {
    const heap = this.#sleepers;
    const first = heap[0]!;
    const last = heap.pop()!;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (isBefore(last, heap[below]!)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    if (heap.length > 0) heap[at] = last;
    return first;
  }
}

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.at < other.at || (one.at === other.at && one.number < other.number);
}

/** Whether files are being read or written. */
function isBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}
