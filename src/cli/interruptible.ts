import { listenForInterrupts } from './interrupts.js';

/**
 * Does work that Ctrl-C ends between two steps, so that nothing half-written stays behind; a second Ctrl-C
 * kills what is being computed. `undefined` if it was ended: the exit code is set, and `cancelled: …` has
 * been printed.
 */
export async function interruptible<T>(
  cancelled: string,
  work: (signal: AbortSignal, kill: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const interrupts = listenForInterrupts();
  try {
    return await work(interrupts.signal, interrupts.kill);
  } catch (error) {
    if (!interrupts.signal.aborted) throw error;
    process.stderr.write(`cancelled: ${cancelled}\n`);
    process.exitCode = interrupts.exitCode;
    return undefined;
  } finally {
    interrupts.dispose();
  }
}
