#!/usr/bin/env node
import { guardOutput } from '../ui/output.js';
import { normalizeArguments } from './arguments.js';
import { exitCodeOf, reportError } from './errors.js';
import { COMMANDS, createProgram } from './program.js';

guardOutput(process.stdout);
guardOutput(process.stderr);
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    reportError(error, process.stderr);
    process.exit(1);
  });
}

try {
  await createProgram().parseAsync(normalizeArguments(process.argv.slice(2), COMMANDS), { from: 'user' });
} catch (error) {
  reportError(error, process.stderr);
  process.exitCode = exitCodeOf(error);
}
