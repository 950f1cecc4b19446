import { basename, dirname, relative } from 'node:path';
import type { Root } from '../pipeline/cache/gc/collect-garbage.js';
import { findLocks, lockedFingerprints } from '../pipeline/lock/find-locks.js';
import { lockPath } from '../pipeline/lock/lock-file-io.js';
import { listRuns } from '../pipeline/run/run-records.js';
import { EtudeError, messageOf } from '../util/errors.js';

/**
 * What lock files protect from garbage collection: those of a project, of the project that contains the
 * cache, and those next to the recipes of past runs. An unreadable lock may name anything: each is reported,
 * and then nothing may be removed.
 *
 * @param warn Called with each unreadable one.
 */
export async function lockRoots(
  cacheDir: string,
  projectDir: string,
  warn: (text: string) => void,
): Promise<Root[]> {
  const roots: Root[] = [];
  let broken = 0;
  for (const file of await lockFiles(cacheDir, projectDir, warn)) {
    const name = relative('', file);
    try {
      const fingerprints = await lockedFingerprints(name);
      if (fingerprints !== undefined) roots.push({ name, fingerprints });
    } catch (error) {
      broken++;
      warn(messageOf(error));
    }
  }
  if (broken === 0) return roots;
  const [they, them] = broken === 1 ? ['a lock file', 'it'] : [`${broken} lock files`, 'them'];
  throw new EtudeError(`nothing is removed, because ${they} cannot be read and could refer to anything`, {
    hint: `Fix or delete ${them}, or use --ignore-locks.`,
  });
}

async function lockFiles(
  cacheDir: string,
  projectDir: string,
  warn: (text: string) => void,
): Promise<string[]> {
  const projects = new Set([projectDir]);
  // A cache elsewhere does not belong to its folder: what is next to it may be anything.
  if (basename(cacheDir) === '.etude') projects.add(dirname(cacheDir));
  const inProjects = await Promise.all([...projects].map((folder) => findLocks(folder, warn)));
  const ofRuns = (await listRuns(cacheDir)).map(({ recipe }) => lockPath(recipe));
  return [...new Set([...inProjects.flat(), ...ofRuns])].sort();
}
