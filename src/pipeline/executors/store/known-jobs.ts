import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../../files/fs-errors.js';
import { allFolders } from '../shards/shard-count.js';

/** A job that was submitted, and the folder of its attempt. */
export interface KnownJob {
  fingerprint: string;
  name: string;
  dir: string;
}

/** The jobs of an executor that a run which has ended left behind, by their ids. */
export async function findJobs(
  cacheDir: string,
  executor: string,
  cluster?: string,
): Promise<Map<string, KnownJob>> {
  const found = new Map<string, KnownJob>();
  for (const fingerprint of (await ifExists(readdir(join(cacheDir, 'jobs')))) ?? []) {
    if (!/^[0-9a-f]{64}$/.test(fingerprint)) continue;
    for (const folder of await allFolders(cacheDir, fingerprint)) {
      const attempt = await folder.current();
      const record = await attempt?.record();
      const isHere = record?.executor === executor && (record.cluster ?? cluster) === cluster;
      if (attempt !== undefined && record?.id !== undefined && isHere)
        found.set(record.id, { fingerprint, name: record.name, dir: attempt.dir });
    }
  }
  return found;
}
