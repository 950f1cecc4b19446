import { relative } from 'node:path';
import type { Cache, Entry, PinnedRepository } from '../pipeline/cache/types.js';
import { buildLockFile } from '../pipeline/lock/build-lock-file.js';
import { lockPath, readLock, writeLock } from '../pipeline/lock/lock-file-io.js';
import { thisPlatform } from '../pipeline/lock/platform.js';
import { judgeStages } from '../pipeline/lock/stage-verdicts.js';
import { stillHolds } from '../pipeline/lock/still-holds.js';
import type { LockedOutput, LockFile } from '../pipeline/lock/types.js';
import type { Pipeline } from '../pipeline/recipe/pipeline.js';
import { canonicalJson } from '../util/canonical-json.js';
import { messageOf } from '../util/errors.js';
import { version } from './version.js';

export interface FinishedRun {
  pipeline: Pipeline;
  cache: Cache;
  entries: ReadonlyMap<string, Entry>;
  repositories: ReadonlyMap<string, readonly PinnedRepository[]>;
  engineId: string;
}

/** What happened to a recipe's lock file. */
export type LockChange =
  | { type: 'kept' | 'written' | 'updated'; file: string }
  | { type: 'failed'; file: string; problem: string };

/**
 * Writes a run's results into the recipe's lock, unless the existing lock already describes them. In a folder
 * that is not writable there is no lock, but the run succeeds.
 */
export async function writeLockAfter(run: FinishedRun): Promise<LockChange> {
  const { pipeline } = run;
  const file = lockPath(pipeline.file);
  try {
    const before = await readLock(pipeline.file);
    const now = await buildLockFile({ ...run, etude: version(), before, platform: before?.platform });
    if (before !== undefined && stillHolds(before, now)) return { type: 'kept', file };
    await writeLock(pipeline.file, { ...now, platform: thisPlatform() });
    return { type: before === undefined ? 'written' : 'updated', file };
  } catch (error) {
    return { type: 'failed', file, problem: messageOf(error) };
  }
}

/**
 * Where a run under `--locked` differs from the lock: a line per stage, none if all digests are equal.
 * Similar results do not count here, because metrics are easily forged.
 */
export async function compareWithLock(lock: LockFile, run: FinishedRun): Promise<string[]> {
  const now = await buildLockFile({ ...run, etude: version(), before: lock, platform: lock.platform });
  const name = relative('', lockPath(run.pipeline.file));
  const lines = judgeStages(lock, now).flatMap(({ stage, verdict, differs }) => {
    const [locked, found] = [lock.stages[stage]!.output, now.stages[stage]!.output];
    if (verdict === 'byte-equal' && isPartOf(locked, found)) return [];
    const what = differs.length > 0 ? differs : ['the lock file is inconsistent'];
    return [`${name}: stage '${stage}' produced a different result: ${what.join(', ')}`];
  });
  const near = judgeStages(lock, now).every(({ verdict }) => verdict !== 'different');
  if (lines.length > 0 && near)
    lines.push('all metrics are within tolerance: `etude reproduce` shows how close');
  return lines;
}

/** Whether everything that a lock says about a result is true. */
function isPartOf(locked: LockedOutput, found: LockedOutput): boolean {
  return Object.entries(locked).every(
    ([field, value]) => canonicalJson(value) === canonicalJson(found[field as keyof LockedOutput] ?? null),
  );
}
