import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ifExists } from '../../../files/fs-errors.js';
import { EtudeError } from '../../../util/errors.js';
import type { StageWork } from '../../run/executor.js';
import { JobFolder } from '../job-folder.js';
import { jobsFolder } from '../task-file.js';

/** The folder of all shards of a stage, relative to the cache folder. */
export function shardsFolder(fingerprint: string, count: number): string {
  return dirname(jobsFolder(fingerprint, { index: 0, count }));
}

/** Into how many shards the stage of a fingerprint was divided, each time that it was. */
async function earlierCounts(cacheDir: string, fingerprint: string): Promise<number[]> {
  const names = (await ifExists(readdir(join(cacheDir, jobsFolder(fingerprint))))) ?? [];
  return names.flatMap((name) => /^shards-([1-9]\d{0,5})$/.exec(name)?.[1] ?? []).map(Number);
}

/** The attempts at a fingerprint, and at each shard that there was. */
export async function allFolders(cacheDir: string, fingerprint: string): Promise<JobFolder[]> {
  const counts = await earlierCounts(cacheDir, fingerprint);
  const shards = counts.flatMap((count) => Array.from({ length: count }, (_, index) => ({ index, count })));
  return [undefined, ...shards].map((shard) => new JobFolder(cacheDir, fingerprint, shard));
}

/**
 * How many jobs divide a stage: as many as it is given, and no more than it has parts. A run that takes the
 * place of one that has died keeps to what that one has begun.
 *
 * @throws EtudeError if the stage type does not know how many parts there are
 */
export async function shardCount(
  { stage, fingerprint, task }: StageWork,
  { shards = 1 }: { shards?: number },
  { cacheDir, executor }: { cacheDir: string; executor: string },
): Promise<number> {
  if (stage.type.parts === undefined) return 1;
  const isGoingOn = async (folder: JobFolder) =>
    (await (await folder.current())?.record())?.executor === executor;
  if (await isGoingOn(new JobFolder(cacheDir, fingerprint))) return 1;
  for (const count of await earlierCounts(cacheDir, fingerprint))
    for (let index = 0; index < count; index++)
      if (await isGoingOn(new JobFolder(cacheDir, fingerprint, { index, count }))) return count;
  const parts = stage.type.parts(task.params, task.inputs);
  if (!Number.isSafeInteger(parts) || parts < 0)
    throw new EtudeError(`'parts' of stage type '${stage.uses}' returns no number of parts`, {
      expected: 'a whole number',
      got: String(parts),
    });
  return Math.max(1, Math.min(shards, parts));
}
