import { execFile } from 'node:child_process';
import { EtudeError } from '../../util/errors.js';
import { SchedulerUnavailable } from './scheduler.js';

/** What a program printed, and how it ended. */
export interface Called {
  code: number;
  stdout: string;
  stderr: string;
}

export type Call = (command: readonly string[]) => Promise<Called>;

/** A program of a scheduler that has not answered by then does not answer. */
const PATIENCE_MS = 60_000;
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Calls a program of a scheduler, without a shell.
 *
 * @throws EtudeError if there is no such program, SchedulerUnavailable if it does not end in time
 */
export const call: Call = ([program = '', ...args]) =>
  new Promise((resolve, reject) => {
    const options = { timeout: PATIENCE_MS, maxBuffer: MOST_BYTES, killSignal: 'SIGKILL' } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') return resolve({ code, stdout, stderr });
      if (error?.killed) return reject(new SchedulerUnavailable(`${program} did not end within a minute`));
      const { code: system } = error as NodeJS.ErrnoException;
      if (system === 'EAGAIN' || system === 'ENOMEM' || system === 'EMFILE')
        return reject(new SchedulerUnavailable(`${program} could not be started: ${system}`));
      reject(
        new EtudeError(`${program} cannot be called`, {
          got: system === 'ENOENT' ? 'there is no such program' : error?.message,
          hint: 'Is this a machine from which jobs are submitted?',
        }),
      );
    });
  });

/** The last lines of what a program complained about, for a message. */
export function complaint({ stdout, stderr, code }: Called): string {
  const lines = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-5);
  return lines.join('\n           ') || `exit code ${code}`;
}
