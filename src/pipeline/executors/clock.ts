import { setTimeout as sleep } from 'node:timers/promises';

/** The time by which jobs are watched. Milliseconds. */
export interface Clock {
  now(): number;
  /** Rejects with an AbortError once the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<unknown>;
}

/** Time as it passes. */
export const realClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};
