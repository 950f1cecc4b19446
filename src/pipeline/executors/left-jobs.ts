import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../files/fs-errors.js';
import type { JobRecord } from './job-folder.js';
import { allFolders } from './shards/shard-count.js';

/**
 * Jobs that compute some fingerprints, or have computed them, and that no run has settled: how many there are
 * of which profile, in words.
 */
export async function leftJobs(cacheDir: string, fingerprints: readonly string[]): Promise<string[]> {
  const all = new Set(await ifExists(readdir(join(cacheDir, 'jobs'))));
  const counts = new Map<string, number>();
  for (const fingerprint of fingerprints.filter((each) => all.has(each))) {
    for (const folder of await allFolders(cacheDir, fingerprint)) {
      const record = await (await folder.current())?.record();
      if (record === undefined) continue;
      const { executor, profile } = record;
      const whose = JSON.stringify({ executor, profile });
      counts.set(whose, (counts.get(whose) ?? 0) + 1);
    }
  }
  return [...counts].map(([whose, count]) => {
    const { executor, profile } = JSON.parse(whose) as JobRecord;
    const [jobs, them] = count === 1 ? ['1 job is', 'it'] : [`${count} jobs are`, 'them'];
    const use = profile === undefined ? 'its profile' : `--profile ${profile}`;
    return `${jobs} left on ${executor}, and this run does not use ${them}: run with ${use} to watch ${them}`;
  });
}
