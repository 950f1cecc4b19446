import { quoted } from '../../util/shell-word.js';

/**
 * The script that a scheduler runs: the user's own lines, then the command in place of the shell, so that it gets
 * the scheduler's signals.
 */
export function jobScript(setup: readonly string[], command: readonly string[]): string {
  return ['#!/bin/bash', ...setup, `exec ${command.map(quoted).join(' ')}`, ''].join('\n');
}
