import { sha256 } from '../../../util/sha256.js';
import type { KnownClosure } from '../../cache/types.js';
import type { ModuleStats } from './module-stats.js';

/**
 * What to remember of a code closure.
 *
 * @param stats what was looked at to find it, and nothing else
 * @returns `undefined` if that does not show every later change
 */
export function rememberedClosure(digest: string, stats: ModuleStats): KnownClosure | undefined {
  if (stats.isPartial || stats.isRacy) return undefined;
  const paths = stats.looked;
  const root = commonStart(paths);
  return { digest, root, looked: paths.map((path) => path.slice(root.length)), seen: seenOf(paths, stats) };
}

/** Whether every file is as it was: looking at hundreds takes a few milliseconds, following imports 50. */
export function isCurrent({ root, looked, seen }: KnownClosure, stats: ModuleStats): boolean {
  return (
    seen ===
    seenOf(
      looked.map((path) => root + path),
      stats,
    )
  );
}

function seenOf(paths: readonly string[], stats: ModuleStats): string {
  return sha256(paths.map((path) => stats.signature(path)).join());
}

function commonStart(texts: readonly string[]): string {
  let start = texts[0] ?? '';
  for (const text of texts) while (!text.startsWith(start)) start = start.slice(0, -1);
  return start;
}
