import { collectGarbage, type GcReport } from '../pipeline/cache/gc/collect-garbage.js';
import { openCache } from '../pipeline/cache/open-cache.js';
import { lockRoots } from './lock-roots.js';

export interface GcOptions {
  /** A recipe of the project whose cache is meant. Default: the project itself. */
  recipe?: string;
  /** Remove nothing, only report what would be removed. Default false. */
  dryRun?: boolean;
  /** Keep at most this many bytes of objects, evicting the least recently used first. Default: no limit. */
  maxBytes?: number;
  /** Remove results not used for this many days. Default 30. */
  maxAgeDays?: number;
  /** Also remove what lock files name. Default false. */
  ignoreLocks?: boolean;
}

/** See `Project.gc`. */
export async function collectIn(
  dir: string,
  { ignoreLocks, dryRun, maxBytes, maxAgeDays }: GcOptions,
  project: { projectDir: string; warn(text: string): void },
): Promise<GcReport> {
  const { projectDir, warn } = project;
  const roots = ignoreLocks ? [] : await lockRoots(dir, projectDir, warn);
  return collectGarbage(await openCache(dir, { warn }), { dryRun, maxBytes, maxAgeDays, roots });
}
