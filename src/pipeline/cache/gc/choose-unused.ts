import { type ObjectRef, objectsOf } from '../../../stage/artifact.js';
import { distinctObjects } from '../../../stage/distinct-objects.js';
import type { StoredChunk } from '../chunk-results.js';
import type { StoredEntry } from '../entries.js';
import { type Grounds, onDisk } from './sweep-objects.js';

/** Something that keeps objects alive. */
export type Keeper = { lastUse: number; objects: ObjectRef[]; safe: boolean } & (
  | { type: 'entry'; stored: StoredEntry }
  | { type: 'chunk'; stored: StoredChunk }
);

export interface Limits {
  /** Keepers last used before this time are removed (milliseconds since the epoch). */
  oldest: number;
  /** After that, the least recently used are removed until the remaining objects take no more than this. */
  maxBytes: number;
  /** What was used after this time stays: a run may be about to use it. */
  young: number;
  pinned: ReadonlySet<string>;
  grounds: Grounds;
}

/**
 * Chooses what to remove, least recently used first. A finished chunk counts as used when the last entry with
 * its objects was used, and as pinned if pinned entries have all of them: removing only the chunk would free
 * nothing. What a computation kept to be continued has objects of its own, which are not needed to use the
 * result.
 */
export function choose(entries: StoredEntry[], chunks: StoredChunk[], limits: Limits): Keeper[] {
  const keepers = keepersOf(entries, chunks, limits);
  const goes = new Set(keepers.filter((keeper) => !keeper.safe && keeper.lastUse < limits.oldest));
  const held = new Map<string, { count: number; size: number }>();
  let bytes = 0;
  for (const keeper of keepers) {
    if (goes.has(keeper)) continue;
    for (const { digest, size } of keeper.objects) {
      const object = held.get(digest) ?? { count: 0, size };
      if (object.count++ === 0) bytes += size;
      held.set(digest, object);
    }
  }
  for (const keeper of keepers.toSorted((a, b) => a.lastUse - b.lastUse || rank(a) - rank(b))) {
    if (bytes <= limits.maxBytes) break;
    if (keeper.safe || goes.has(keeper)) continue;
    goes.add(keeper);
    for (const { digest } of keeper.objects) {
      const object = held.get(digest);
      if (object !== undefined && --object.count === 0) bytes -= object.size;
    }
  }
  return [...goes];
}

/** Entries and chunks with their objects, each object named once. */
function keepersOf(
  entries: StoredEntry[],
  chunks: StoredChunk[],
  { young, pinned, grounds }: Limits,
): Keeper[] {
  const usedAt = new Map<string, number>();
  const inPinned = new Set<string>();
  const ofEntries = entries.map((stored): Keeper => {
    const objects = distinctObjects(onDisk(objectsOf(stored.entry.artifact), grounds));
    for (const { digest } of objects) {
      usedAt.set(digest, Math.max(usedAt.get(digest) ?? 0, stored.lastHit));
    }
    const isPinned = pinned.has(stored.entry.fingerprint);
    if (isPinned) for (const { digest } of objects) inPinned.add(digest);
    const safe = stored.lastHit >= young || isPinned;
    return { type: 'entry', stored, objects, lastUse: stored.lastHit, safe };
  });
  const ofChunks = chunks.map((stored): Keeper => {
    const objects = distinctObjects(onDisk(stored.objects, grounds));
    const times = objects.map(({ digest }) => usedAt.get(digest) ?? 0);
    return {
      type: 'chunk',
      stored,
      objects,
      lastUse: stored.isState ? stored.lastUse : Math.max(stored.lastUse, ...times),
      safe:
        stored.lastUse >= young ||
        (objects.length > 0 && objects.every(({ digest }) => inPinned.has(digest))),
    };
  });
  return [...ofEntries, ...ofChunks];
}

function rank(keeper: Keeper): number {
  return keeper.type === 'chunk' ? 0 : 1;
}
