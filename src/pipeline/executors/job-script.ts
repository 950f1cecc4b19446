import { quoted } from '../../util/shell-word.js';
import type { Profile } from './profiles/profile.js';
import { INDEX } from './scheduler.js';

/** The user's own lines before a job. */
export function setupLines({ setup = [] }: Pick<Profile, 'setup'>): readonly string[] {
  return typeof setup === 'string' ? [setup] : setup;
}

/**
 * The script that a scheduler runs.
 *
 * @param index The environment variable with the number of an element, for the job array of `INDEX`.
 */
export function jobScript(setup: readonly string[], command: readonly string[], index?: string): string {
  return ['#!/bin/bash', ...jobLines(setup, command, index), ''].join('\n');
}

/**
 * The lines of a job for bash: the user's own, then the command in place of the shell, so that it gets the
 * scheduler's signals.
 */
export function jobLines(setup: readonly string[], command: readonly string[], index?: string): string[] {
  const words = command.map((word) =>
    index === undefined ? quoted(word) : word.split(INDEX).map(quoted).join(`"$${index}"`),
  );
  return [...setup, `exec ${words.join(' ')}`];
}
