import { execFile } from 'node:child_process';

/** A problem that the user can fix: a sentence, and what to do about it. */
export class Problem extends Error {
  constructor(message, hint = '') {
    super(message);
    this.hint = hint;
  }
}

const running = new Set();

/** Ends running commands, so that nothing continues writing. */
export function stopAll() {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * Runs a command to its end. Resolves to its output; rejects with an error that has `stdout` and `stderr`.
 */
export function execute(command, args, settings = {}) {
  return new Promise((done, fail) => {
    const child = execFile(command, args, { maxBuffer: 1 << 28, ...settings }, (error, stdout, stderr) => {
      running.delete(child);
      if (error === null) done(stdout);
      else fail(Object.assign(error, { stdout, stderr }));
    });
    running.add(child);
  });
}

/** Runs a command whose failure is a Problem with this message, its last lines, and a hint. */
export async function step(message, command, args, settings = {}, hint = '') {
  try {
    return await execute(command, args, settings);
  } catch (error) {
    const lines = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-15).join('\n  ');
    throw new Problem(message, [lines, hint].filter(Boolean).join('\n  '));
  }
}

/** Prints the current step. */
export function say(text) {
  console.log(`${text} …`);
}
