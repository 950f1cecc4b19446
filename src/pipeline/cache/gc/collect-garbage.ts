import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TempFiles } from '../../../files/temp-files.js';
import { objectsOf } from '../../../stage/artifact.js';
import { mapLimited } from '../../../util/concurrency.js';
import type { StoredEntry } from '../entries.js';
import type { DiskCache } from '../open-cache.js';
import { PACKS_LOCK } from '../packs/packs.js';
import { pins } from '../pins.js';
import { choose, type Keeper } from './choose-unused.js';
import {
  type Swept,
  sweepDerivedFiles,
  sweepJobs,
  sweepParts,
  sweepRuns,
  sweepScratch,
  sweepTemporaries,
} from './leftovers.js';
import { removeUnused } from './remove-unused.js';
import { groundsOf, sweepObjects } from './sweep-objects.js';

/** Results that stay whatever their age, and why: a lock file, say. */
export interface Root {
  name: string;
  fingerprints: readonly string[];
}

export interface GcOptions {
  /** Results not used for longer are removed. Days; default 30. */
  maxAgeDays?: number;
  /** The least recently used results are removed until the objects fit. Bytes; default no limit. */
  maxBytes?: number;
  /** Whatever was made or used within this time stays. Minutes; default 60. */
  graceMinutes?: number;
  /**
   * Records of runs that began longer ago are removed, except the newest twenty, and the logs of jobs. Days;
   * default 90.
   */
  runsAgeDays?: number;
  /** The state of unfinished stages is removed if untouched for longer. Days; default 7. */
  scratchAgeDays?: number;
  /** What is kept in addition to pins. */
  roots?: readonly Root[];
  /** Removes nothing, only reports what would be removed. */
  dryRun?: boolean;
}

export interface GcReport {
  dryRun: boolean;
  removed: {
    entries: number;
    chunks: number;
    objects: Swept;
    scratch: Swept;
    temporaries: Swept;
    runs: Swept;
    /** Of processes that died. */
    locks: number;
  };
  kept: {
    entries: number;
    chunks: number;
    objects: Swept;
    /** For each root: its existing results, and how many of them would otherwise be removed. */
    roots: { name: string; entries: number; saved: number }[];
  };
  /** Of everything removed. */
  bytesFreed: number;
}

const NOTHING: Swept = { count: 0, bytes: 0 };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Frees the space of results that have not been used for long (mark and sweep). Safe during runs: what they
 * make or use is recent, and anything newer than the oldest living lock stays.
 */
export async function collectGarbage(cache: DiskCache, options: GcOptions = {}): Promise<GcReport> {
  const now = Date.now();
  const dryRun = options.dryRun ?? false;
  const living = await cache.locks.living();
  const grace = (options.graceMinutes ?? 60) * MINUTE;
  const young = Math.min(now, ...living.map((lock) => Date.parse(lock.since) || 0)) - grace;
  const roots = options.roots ?? [];
  const pinnedBy = await pins(cache.dir);
  const inPins = new Set([...pinnedBy.values()].flat());
  const pinned = new Set([...inPins, ...roots.flatMap(({ fingerprints }) => fingerprints)]);

  const [entries, chunks] = await Promise.all([cache.entries.all(), cache.chunks.all()]);
  const grounds = await groundsOf(cache, [
    ...entries.flatMap(({ entry }) => objectsOf(entry.artifact)),
    ...chunks.flatMap(({ objects }) => objects),
  ]);
  const limits = {
    grounds,
    oldest: now - (options.maxAgeDays ?? 30) * DAY,
    maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
    young,
  };
  const goes = choose(entries, chunks, { ...limits, pinned });
  const wouldGo = roots.length === 0 ? [] : choose(entries, chunks, { ...limits, pinned: inPins });
  const temp = new TempFiles(join(cache.dir, 'tmp'));
  const gone = new Set<unknown>();
  await mapLimited(goes, 16, async (keeper: Keeper) => {
    const { stored } = keeper;
    const isPacked = 'isPacked' in stored && stored.isPacked;
    if (dryRun || isPacked || (await removeUnused(stored.path, young, temp))) gone.add(stored);
  });

  // Marked by what is there now, not by what was chosen: an entry that was hit meanwhile has stayed.
  const left = {
    entries: entries.filter((one) => !gone.has(one)),
    chunks: chunks.filter((one) => !gone.has(one)),
  };
  const named = [
    ...left.entries.flatMap(({ entry }) => objectsOf(entry.artifact)),
    ...left.chunks.flatMap(({ objects }) => objects),
  ];
  const packs = dryRun ? undefined : await cache.locks.take(PACKS_LOCK, { runId: 'gc' });
  const inPacks = chunks.filter((one) => one.isPacked && gone.has(one)).map(({ path }) => path);
  const swept = { grounds, chunks: new Set(inPacks), young, dryRun, temp };
  const objects = await sweepObjects(cache, named, swept).finally(() => packs?.release());
  const inWork = new Set(living.map(({ key }) => key));
  const scratch = await sweepScratch(join(cache.dir, 'scratch'), {
    oldest: now - (options.scratchAgeDays ?? 7) * DAY,
    inWork,
    finished: new Set(left.entries.map(({ entry }) => entry.fingerprint)),
    young,
    dryRun,
  });
  const temporaries = sumOf(
    await sweepTemporaries(join(cache.dir, 'tmp'), dryRun),
    await sweepParts(cache.dir, { young, dryRun }),
    living.length > 0 ? NOTHING : await sweepDerivedFiles(cache.derivedDir, dryRun),
  );
  const going = living.flatMap(({ key }) => (key.startsWith('run-') ? [key.slice('run-'.length)] : []));
  const oldRuns = now - (options.runsAgeDays ?? 90) * DAY;
  const oldRecords = await sweepRuns(join(cache.dir, 'runs'), {
    oldest: oldRuns,
    kept: new Set([...pinnedBy.keys(), ...going]),
    young,
    dryRun,
  });
  const jobs = await sweepJobs(join(cache.dir, 'jobs'), { oldest: oldRuns, inWork, young, dryRun });
  const runs = sumOf(oldRecords, jobs);
  const locks = await cache.locks.sweep(dryRun);
  if (!dryRun) {
    const used = new Set(left.entries.map(({ entry }) => entry.parts.code));
    await mapLimited(await cache.code.unused(used), 16, (path) => removeUnused(path, young, temp));
    await forget(cache);
  }

  const records = [...gone].reduce<number>((total, stored) => total + (stored as { bytes: number }).bytes, 0);
  return {
    dryRun,
    removed: {
      entries: entries.length - left.entries.length,
      chunks: chunks.length - left.chunks.length,
      objects: objects.removed,
      scratch,
      temporaries,
      runs,
      locks,
    },
    kept: {
      entries: left.entries.length,
      chunks: left.chunks.length,
      objects: objects.kept,
      roots: keptFor(roots, entries, wouldGo),
    },
    bytesFreed: records + objects.removed.bytes + scratch.bytes + temporaries.bytes + runs.bytes,
  };
}

function sumOf(...all: Swept[]): Swept {
  return all.reduce((a, b) => ({ count: a.count + b.count, bytes: a.bytes + b.bytes }), NOTHING);
}

/** How many results each root keeps: those that exist, and those that would be removed without any root. */
function keptFor(
  roots: readonly Root[],
  entries: StoredEntry[],
  wouldGo: Keeper[],
): GcReport['kept']['roots'] {
  const there = new Set(entries.map(({ entry }) => entry.fingerprint));
  const going = new Set(wouldGo.flatMap((one) => (one.type === 'entry' ? one.stored.entry.fingerprint : [])));
  return roots.map(({ name, fingerprints }) => {
    const named = [...new Set(fingerprints)];
    return {
      name,
      entries: named.filter((one) => there.has(one)).length,
      saved: named.filter((one) => going.has(one)).length,
    };
  });
}

/** Forgets what was known about files that are gone. */
async function forget(cache: DiskCache): Promise<void> {
  cache.entries.prune();
  cache.verified.prune((digest) => cache.objects.exists(digest));
  cache.objects.derived.records.forget();
  cache.files.prune((path) => existsSync(path));
  for (const memo of [cache.modules, cache.closures]) memo.prune((path) => existsSync(path));
  await cache.flush();
}
