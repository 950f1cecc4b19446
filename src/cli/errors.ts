import { CommanderError } from 'commander';
import { EtudeError, systemMessage } from '../errors.js';
import { terminalText } from '../terminal-text.js';

/** What the shell is told. */
export const EXIT = { success: 0, failed: 1, usage: 2, cancelled: 130 } as const;

/** A command that failed and has already said why. */
export class SilentFailure extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT.failed,
  ) {
    super(message);
  }
}

/** Says what went wrong: a problem of the user's as its message alone, anything else as a defect (its stack with ETUDE_DEBUG=1). */
export function reportError(error: unknown, stderr: { write(text: string): unknown }): void {
  // Commander has written its own message.
  if (error instanceof CommanderError || error instanceof SilentFailure) return;
  if (error instanceof EtudeError) {
    stderr.write(`${terminalText(error.describe())}\n`);
    if (process.env.ETUDE_DEBUG === '1') stderr.write(`${terminalText(error.stack ?? '')}\n`);
    return;
  }
  const refused = systemMessage(error);
  if (refused !== undefined && process.env.ETUDE_DEBUG !== '1') {
    stderr.write(`${terminalText(refused)}\n`);
    return;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  stderr.write(`this is a defect of Etude: ${terminalText(message)}\n`);
  if (process.env.ETUDE_DEBUG === '1') stderr.write(`${terminalText(stack ?? '')}\n`);
  else
    stderr.write(
      '  Run again with ETUDE_DEBUG=1 to see where, and report it with the recipe that shows it.\n',
    );
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof SilentFailure) return error.exitCode;
  if (!(error instanceof CommanderError)) return EXIT.failed;
  return error.exitCode === 0 ? EXIT.success : EXIT.usage;
}
