import { CommanderError } from 'commander';
import { foldMessage } from '../terminal/line.js';
import { type OutputStream, writeLine } from '../terminal/output.js';
import { EtudeError, systemMessage } from '../util/errors.js';
import { shortage } from '../util/shortage.js';

/** The exit code for the shell. */
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

/**
 * Reports an error: a user error by its message alone, anything else as a bug (with its stack if
 * ETUDE_DEBUG=1).
 */
export function reportError(error: unknown, stderr: OutputStream): void {
  const say = (text: string) => writeLine(stderr, foldMessage(text, stderr));

  // Commander has written its own message.
  if (error instanceof CommanderError || error instanceof SilentFailure) return;
  if (error instanceof EtudeError) {
    say(error.describe());
    if (process.env.ETUDE_DEBUG === '1') writeLine(stderr, error.stack ?? '');
    return;
  }
  const short = shortage(error);
  if (short !== undefined) {
    reportError(short, stderr);
    return;
  }
  const refused = systemMessage(error);
  if (refused !== undefined && process.env.ETUDE_DEBUG !== '1') {
    say(refused);
    return;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  say(`this is a bug in Etude: ${message}`);
  if (process.env.ETUDE_DEBUG === '1') writeLine(stderr, stack ?? '');
  else
    say('  Run again with ETUDE_DEBUG=1 for a stack trace, and report it with the recipe that triggers it.');
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof SilentFailure) return error.exitCode;
  if (!(error instanceof CommanderError)) return EXIT.failed;
  return error.exitCode === 0 ? EXIT.success : EXIT.usage;
}
