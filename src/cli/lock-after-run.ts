import { relative } from 'node:path';
import type { Cache, Entry, PinnedRepository } from '../cache/types.js';
import { messageOf } from '../errors.js';
import { judgeStages } from '../lock/judge.js';
import { stillHolds } from '../lock/keep-lock.js';
import { lockPath, readLock, writeLock } from '../lock/lock-file.js';
import { makeLock } from '../lock/make-lock.js';
import type { LockFile } from '../lock/types.js';
import type { Pipeline } from '../recipe/pipeline.js';
import { version } from './version.js';

export interface FinishedRun {
  pipeline: Pipeline;
  cache: Cache;
  entries: ReadonlyMap<string, Entry>;
  repositories: ReadonlyMap<string, readonly PinnedRepository[]>;
  engineId: string;
}

/**
 * Writes what a run reached into the recipe's lock, unless the lock there is says so already. Answers the lines that a person should be
 * told, if any; with `quiet`, warnings alone. A folder that cannot be written costs a warning, never the run.
 */
export async function lockAfterRun(run: FinishedRun, { quiet = false } = {}): Promise<string[]> {
  const { pipeline } = run;
  const name = relative('', lockPath(pipeline.file));
  try {
    const before = await readLock(pipeline.file);
    const now = await makeLock({ ...run, etude: version(), before });
    if (before !== undefined && stillHolds(before, now)) return [];
    await writeLock(pipeline.file, now);
    if (quiet) return [];
    return [
      `${name} ${before === undefined ? 'written' : 'updated'}: what this recipe reached, for version control`,
    ];
  } catch (error) {
    return [`! the lock is not written: ${messageOf(error)}`];
  }
}

/** What a run under `--locked` gave that the lock does not have: a line a stage, none where all is equal or within tolerance. */
export async function compareWithLock(lock: LockFile, run: FinishedRun): Promise<string[]> {
  const now = await makeLock({ ...run, etude: version(), before: lock });
  const name = relative('', lockPath(run.pipeline.file));
  return judgeStages(lock, now)
    .filter(({ verdict }) => verdict === 'different')
    .map(({ stage, differs }) => `${name}: stage '${stage}' gave something else: ${differs.join(', ')}`);
}
