import { relative } from 'node:path';
import { type Drift, driftFrom } from '../pipeline/lock/drift.js';
import { lockPath, readLock } from '../pipeline/lock/lock-file.js';
import type { LockFile } from '../pipeline/lock/types.js';
import { clean } from '../terminal/line.js';
import { EtudeError } from '../util/errors.js';
import type { Setting } from './opened.js';

/** The lock of a recipe file. Throws an EtudeError where there is none. */
export async function lockOf(recipe: string): Promise<LockFile> {
  const lock = await readLock(recipe);
  if (lock !== undefined) return lock;
  throw new EtudeError('there is no lock file', {
    expected: relative('', lockPath(recipe)),
    hint: `A run that succeeds writes it: etude run ${relative('', recipe)}`,
  });
}

/** The lock of a recipe that is still as it says. Throws an EtudeError that names all that moved. */
export async function refuseDrift(setting: Setting): Promise<LockFile> {
  const { pipeline, cache } = setting;
  const lock = await lockOf(pipeline.file);
  const drift = await driftFrom(lock, setting);
  await cache.flush();
  if (drift.length === 0) return lock;
  throw new EtudeError(`not as the lock file has it\n${driftLines(drift).join('\n')}`, {
    where: { file: relative('', lockPath(pipeline.file)) },
    hint: 'A run without --locked takes what is here, and updates the lock.',
  });
}

/** A line for each thing that moved: `  model  learning_rate 0.002 → 0.001`. */
export function driftLines(drift: readonly Drift[]): string[] {
  const width = Math.max(...drift.map(({ stage }) => stage.length));
  return drift.map(({ stage, text }) => `  ${clean(stage).padEnd(width)}  ${clean(text)}`);
}
