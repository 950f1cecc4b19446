import { basename, relative } from 'node:path';
import { type Drift, driftFrom } from '../pipeline/lock/drift.js';
import { lockPath, readLock } from '../pipeline/lock/lock-file-io.js';
import type { LockFile } from '../pipeline/lock/types.js';
import { clean } from '../terminal/line.js';
import { EtudeError } from '../util/errors.js';
import type { Setting } from './project-types.js';

/** The lock of a recipe file. Throws an EtudeError if there is none. */
export async function lockOf(recipe: string): Promise<LockFile> {
  const lock = await readLock(recipe);
  if (lock !== undefined) return lock;
  throw new EtudeError('there is no lock file', {
    expected: relative('', lockPath(recipe)),
    hint: `A successful run writes it: etude run ${relative('', recipe)}`,
  });
}

/** The lock of a recipe that still matches it. Throws an EtudeError that names everything that changed. */
export async function refuseDrift(setting: Setting): Promise<LockFile> {
  const { pipeline, cache } = setting;
  const lock = await lockOf(pipeline.file);
  const drift = [...ownerDrift(lock, pipeline), ...(await driftFrom(lock, setting))];
  await cache.flush();
  if (drift.length === 0) return lock;
  throw new EtudeError(`not as in the lock file\n${driftLines(drift).join('\n')}`, {
    where: { file: relative('', lockPath(pipeline.file)) },
    hint: 'A run without --locked uses what is here, and updates the lock file.',
  });
}

type Moved = Pick<Drift, 'stage' | 'text'>;

/**
 * Whether the lock is this recipe's: no result depends on a recipe's name, but its model's folder does, and a
 * run without --locked would write the lock again.
 */
function ownerDrift(lock: LockFile, { name, file }: Setting['pipeline']): Moved[] {
  const pairs = { name: [lock.name, name], file: [lock.recipe, basename(file)] };
  return Object.entries(pairs).flatMap(([field, [locked, now]]) =>
    locked === now ? [] : [{ stage: '(recipe)', text: `${field} ${locked} → ${now}` }],
  );
}

/** A line for each change: `  model  learning_rate 0.002 → 0.001`. */
function driftLines(drift: readonly Moved[]): string[] {
  const width = Math.max(...drift.map(({ stage }) => stage.length));
  return drift.map(({ stage, text }) => `  ${clean(stage).padEnd(width)}  ${clean(text)}`);
}
