import { setImmediate } from 'node:timers/promises';

/**
 * Lets the event loop run between two long computations, so that progress goes out and an abort comes in.
 *
 * @throws The signal's reason, once it is aborted.
 */
export async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
