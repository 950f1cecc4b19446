import { resolveMode } from '../ui/create-renderer.js';
import type { ProgressMode } from '../ui/progress-mode.js';
import { type KeyInput, listenForKeys } from './keyboard.js';

/**
 * What becomes of the jobs of a run that is cancelled: the user's answer on a terminal with the live display,
 * otherwise `cancel`.
 *
 * @param kill Aborted by the second Ctrl-C, which is an answer, too.
 */
export function interruptChoice(
  progress: ProgressMode,
  kill: AbortSignal,
  { stdout, stdin, env }: Pick<NodeJS.Process, 'stdout' | 'env'> & { stdin: KeyInput } = process,
): 'cancel' | (() => Promise<'leave' | 'cancel'>) {
  if (resolveMode(progress, { stdout, env }) !== 'tty' || stdin.isTTY !== true) return 'cancel';
  return () =>
    new Promise((resolve) => {
      const answer = (choice: 'leave' | 'cancel') => {
        release();
        kill.removeEventListener('abort', cancel);
        resolve(choice);
      };
      const cancel = () => answer('cancel');
      const release = listenForKeys(stdin, (key) => {
        if (key.toLowerCase() === 'l') answer('leave');
        else if (key.toLowerCase() === 'c') cancel();
      });
      if (kill.aborted) cancel();
      else kill.addEventListener('abort', cancel);
    });
}
