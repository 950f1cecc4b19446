import { artifactDigest } from '../../src/pipeline/cache/artifact-digest.js';
import { type DiskCache, openCache } from '../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../src/pipeline/cache/types.js';
import { type Artifact, objectsOf } from '../../src/stage/artifact.js';
import type { Project } from './project.js';

/** The entry of a stage in a project's cache. */
export async function entryOfStage(project: Project, stage: string): Promise<Entry> {
  const cache = await openCache(project.path('.etude'));
  const found = (await cache.entries.all()).find(({ entry }) => entry.stage === stage);
  if (found === undefined) throw new Error(`no entry of ${stage}`);
  return found.entry;
}

/** An entry with another artifact, as a liar would have made it: every digest is right. */
export async function lie<A extends Artifact>(
  entry: Entry,
  change: (artifact: A) => unknown,
): Promise<Entry> {
  const artifact = structuredClone(entry.artifact) as A;
  await change(artifact);
  return { ...entry, artifact, artifactDigest: artifactDigest(artifact) };
}

/** Makes a project's cache contain another result of a stage than the stage gives. */
export async function poison<A extends Artifact>(
  project: Project,
  stage: string,
  change: (artifact: A, cache: DiskCache) => unknown,
): Promise<void> {
  const cache = await openCache(project.path('.etude'));
  const entry = await entryOfStage(project, stage);
  const poisoned = await lie<A>(entry, (artifact) => change(artifact, cache));
  for (const ref of objectsOf(poisoned.artifact)) await cache.objects.pathOf(ref);
  await cache.commit(poisoned);
  await cache.flush();
}
