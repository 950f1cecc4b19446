import { setImmediate } from 'node:timers/promises';

/**
 * Lets the event loop run between two long computations, so that progress is sent and an abort is received.
 *
 * @throws The signal's reason, once it is aborted.
 */
export async function yieldToEventLoop(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
