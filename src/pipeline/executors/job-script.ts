import { quoted } from '../../util/shell-word.js';
import { INDEX } from './scheduler.js';

/**
 * The script that a scheduler runs: the user's own lines, then the command in place of the shell, so that it
 * gets the scheduler's signals.
 *
 * @param index The environment variable with the number of an element, for the job array of `INDEX`.
 */
export function jobScript(setup: readonly string[], command: readonly string[], index = ''): string {
  const words = command.map((word) => word.split(INDEX).map(quoted).join(`"$${index}"`));
  return ['#!/bin/bash', ...setup, `exec ${words.join(' ')}`, ''].join('\n');
}
