import { guardOutput, onlyText } from '../terminal/output.js';
import { normalizeArguments } from './default-command.js';
import { EXIT, exitCodeOf, reportError } from './errors.js';
import { COMMANDS, createProgram } from './program.js';

/** Runs the command in the arguments (those after `etude`) to its end; sets the process's exit code. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    guardOutput(stream);
    onlyText(stream);
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      reportError(error, process.stderr);
      process.exit(1);
    });
  }

  let ended = false;
  process.on('exit', (code) => {
    // 13: nothing is left to wait for, but the command has not finished.
    if (ended || (code !== 0 && code !== 13)) return;
    process.stderr.write('a stage module exits the process, or never finishes, when it is imported\n');
    process.exitCode = EXIT.failed;
  });

  try {
    await createProgram().parseAsync(normalizeArguments(args, COMMANDS), { from: 'user' });
  } catch (error) {
    reportError(error, process.stderr);
    process.exitCode = exitCodeOf(error);
  }
  ended = true;
}
