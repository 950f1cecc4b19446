import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from './hub-error.js';

/**
 * The longest wait that the Hub can ask for: for a download, which reports it, and for a plan, which people
 * wait for.
 */
const LONGEST_WAIT_S = { reported: 300, silent: 20 };
const LONGEST_BACKOFF_MS = 30_000;

export interface RetryOptions {
  /** How many failures in a row are allowed without any progress between them. */
  attempts: number;
  /**
   * The first pause; it doubles with each failure, and is shortened randomly so that many clients do not come
   * back at once.
   */
  backoffMs: number;
  signal?: AbortSignal;
  /** Called before each pause. */
  onRetry?(text: string): void;
  /** Something that grows with what has arrived (bytes): only failures since it last grew count. */
  progress?(): number;
}

/**
 * Does `action`, and retries it after a transient HubError: after the time that the Hub names, otherwise with
 * exponential backoff.
 */
export async function retrying<T>(action: () => Promise<T>, options: RetryOptions): Promise<T> {
  const longest = options.onRetry === undefined ? LONGEST_WAIT_S.silent : LONGEST_WAIT_S.reported;
  let failures = 0;
  let reached = options.progress?.() ?? 0;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof HubError) || !error.transient) throw error;
      const now = options.progress?.() ?? 0;
      if (now > reached) failures = 0;
      reached = now;
      failures += 1;
      if (failures >= options.attempts || (error.retryAfter ?? 0) > longest) throw error;
      const backoff = Math.min(options.backoffMs * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
      const pause =
        error.retryAfter === undefined ? backoff * (0.5 + Math.random() / 2) : error.retryAfter * 1000;
      options.onRetry?.(
        `${error.message}${error.got === undefined ? '' : ` (${error.got})`}: retrying in ${Math.ceil(pause / 1000)} s`,
      );
      await sleep(pause, undefined, { signal: options.signal });
    }
  }
}
