import { resolve } from 'node:path';
import { execTaskFile, execTaskOf } from '../../project/exec-task.js';
import { EXIT } from '../errors.js';

/** `etude exec-task FILE`: what the jobs of a scheduler run. */
export async function execTask(file: string, { store }: { store?: string } = {}): Promise<void> {
  const soft = new AbortController();
  const hard = new AbortController();
  // A scheduler sends this before the time limit, and again at it: the state is being saved in the meantime.
  process.on('SIGTERM', () => soft.abort());
  process.on('SIGHUP', () => soft.abort());
  process.on('SIGINT', () => (soft.signal.aborted ? hard : soft).abort());
  const signals = { signal: soft.signal, kill: hard.signal };
  const ended = await (store === undefined
    ? execTaskFile(resolve(file), signals)
    : execTaskOf(store, file, signals));
  process.exitCode = ended === 'success' ? 0 : EXIT.failed;
}
