import { canonicalJson } from '../../../util/canonical-json.js';
import type { Entry, FingerprintParts } from '../../cache/types.js';
import type { Reason } from '../types.js';

export interface Near {
  entry: Entry;
  because: Reason[];
}

/**
 * This many of the newest are examined, of the same stage and of those with data in common: each of a
 * thousand stages may have a thousand.
 */
const LOOKED_AT = 200;

/**
 * Past entries by nearness: fewest differing fields first, then the newest. Only those of the same stage of
 * the same pipeline count, in a matrix of the same cell; if there are none, those of its other cells, and
 * then those of other stages and pipelines that worked on something in common: anything else explains
 * nothing.
 *
 * @param entries of one stage type, newest first
 */
export function nearestEntries(
  entries: readonly Entry[],
  after: FingerprintParts,
  stage: { pipeline: string; id: string },
  diff: (before: FingerprintParts) => Reason[],
): Near[] {
  return candidates(entries, after, stage)
    .map((entry) => ({ entry, because: diff(entry.parts) }))
    .sort(
      (a, b) =>
        a.because.length - b.because.length ||
        (a.entry.created < b.entry.created ? 1 : a.entry.created > b.entry.created ? -1 : 0),
    );
}

/**
 * The first of `nearestEntries`. If the newest of them differs only in what all must differ in, no other is
 * examined: there may be thousands, for each of thousands of stages.
 *
 * @param least fields that differ in any case
 */
export function nearestEntry(least: number, ...request: Parameters<typeof nearestEntries>): Near | undefined {
  const [entries, after, stage, diff] = request;
  if (entries.length === 0) return undefined;
  const [newest] = candidates(entries, after, stage);
  if (newest !== undefined) {
    const because = diff(newest.parts);
    if (because.length <= least) return { entry: newest, because };
  }
  return nearestEntries(...request)[0];
}

function candidates(
  entries: readonly Entry[],
  after: FingerprintParts,
  { pipeline, id }: { pipeline: string; id: string },
): Entry[] {
  const { byStage, byData } = indexOf(entries);
  const own = byStage.get(stageKey(pipeline, id)) ?? byStage.get(stageKey(pipeline, withoutCell(id)));
  if (own !== undefined) return own.slice(0, LOOKED_AT);
  return [...new Set(dataKeys(after).flatMap((key) => byData.get(key)?.slice(0, LOOKED_AT) ?? []))];
}

interface Index {
  byStage: Map<string, Entry[]>;
  byData: Map<string, Entry[]>;
}

/** Made once per list of entries, which a plan needs for every stage. */
const indexes = new WeakMap<readonly Entry[], Index>();

function indexOf(entries: readonly Entry[]): Index {
  let index = indexes.get(entries);
  if (index !== undefined) return index;
  index = { byStage: new Map(), byData: new Map() };
  for (const entry of entries) {
    const { pipeline, stage } = entry;
    // The cells of a matrix are one stage of the recipe, too.
    for (const id of new Set([stage, withoutCell(stage)])) add(index.byStage, stageKey(pipeline, id), entry);
    for (const key of dataKeys(entry.parts)) add(index.byData, key, entry);
  }
  indexes.set(entries, index);
  return index;
}

function add(map: Map<string, Entry[]>, key: string, entry: Entry): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [entry]);
  else list.push(entry);
}

function stageKey(pipeline: string, id: string): string {
  return JSON.stringify([pipeline, id]);
}

/** The id in the recipe of a cell's stage: `model` of `model[seed=1]`. */
function withoutCell(id: string): string {
  return id.replace(/\[.*\]$/, '');
}

/** What a stage works on: its inputs, and its files. */
function dataKeys({ inputs, sources }: FingerprintParts): string[] {
  return [...new Set([...Object.values(inputs), ...Object.values(sources).map(canonicalJson)])];
}
