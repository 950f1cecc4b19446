import type { DataSplit } from './read-data.js';

/** A row of a split. */
export interface RowOf {
  split: string;
  row: number;
}

/** Clips with the same content: within a split, or in two. */
export interface Repeats {
  splits: readonly [string, string];
  /** Clips of the later split that are in the earlier one, or before in the same. */
  clips: number;
  /** Some of them. */
  examples: readonly (readonly [RowOf, RowOf])[];
  /** Of these clips, how many have another class there. */
  otherClass: number;
}

const MOST_EXAMPLES = 3;

/** Clips with equal bytes or samples, within each split and across every two of them. */
export function repeatsIn(splits: readonly DataSplit[]): Repeats[] {
  const found: Repeats[] = [];
  const firsts = splits.map(({ clips = [] }) => {
    const rows = new Map<string, number>();
    for (const [row, clip] of clips.entries()) if (clip && !rows.has(clip.digest)) rows.set(clip.digest, row);
    return rows;
  });
  for (const [i, later] of splits.entries())
    for (const [j, earlier] of splits.slice(0, i + 1).entries()) {
      const pairs: [RowOf, RowOf][] = [];
      let otherClass = 0;
      for (const [row, clip] of (later.clips ?? []).entries()) {
        const before = clip ? firsts[j]!.get(clip.digest) : undefined;
        if (before === undefined || (i === j && before === row)) continue;
        pairs.push([
          { split: later.name, row },
          { split: earlier.name, row: before },
        ]);
        if (later.classes?.[row] !== earlier.classes?.[before]) otherClass += 1;
      }
      if (pairs.length > 0)
        found.push({
          splits: [later.name, earlier.name],
          clips: pairs.length,
          examples: pairs.slice(0, MOST_EXAMPLES),
          otherClass,
        });
    }
  return found;
}
