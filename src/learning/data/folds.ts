import { MersenneTwister } from '../../random/mersenne-twister.js';
import { count } from '../../util/words.js';
import { ParameterError } from './parameter-error.js';

/**
 * The fold of each row, as `KFold(folds, shuffle=True, random_state=seed)` of scikit-learn has them; without
 * a seed as without `shuffle`: the first rows are the first fold.
 *
 * @throws ParameterError for more folds than rows
 */
export function rowFolds(n: number, folds: number, seed?: number): number[] {
  if (folds > n)
    throw new ParameterError('folds', 'there are more folds than rows', {
      expected: `at most ${n}`,
      got: String(folds),
    });
  const rows = Array.from({ length: n }, (_, row) => row);
  const order = seed === undefined ? rows : new MersenneTwister(seed).shuffled(rows);
  const result: number[] = Array(n);
  for (const [fold, members] of inParts(order, folds).entries())
    for (const row of members) result[row] = fold;
  return result;
}

/**
 * The same as `StratifiedKFold`: each fold has about the same share of every class. With fewer rows of a
 * class than folds, some folds have none of it.
 *
 * @throws ParameterError if no class has as many rows as there are folds
 */
export function stratifiedFolds(labels: readonly number[], folds: number, seed?: number): number[] {
  const rowsOf = new Map<number, number[]>();
  labels.forEach((label, row) => {
    rowsOf.set(label, [...(rowsOf.get(label) ?? []), row]);
  });
  const classes = [...rowsOf.values()];
  const largest = Math.max(...classes.map(({ length }) => length));
  if (folds > largest)
    throw new ParameterError('folds', 'there are more folds than rows of any class', {
      expected: `at most ${largest}`,
      got: String(folds),
    });
  const random = seed === undefined ? undefined : new MersenneTwister(seed);
  const result: number[] = Array(labels.length);
  // Dealt out in turn, one class after the other: that is how many rows of each class a fold has.
  let dealt = 0;
  for (const rows of classes) {
    const folded = rows.map(() => dealt++ % folds).sort((a, b) => a - b);
    const shuffled = random?.shuffled(folded) ?? folded;
    for (const [i, row] of rows.entries()) result[row] = shuffled[i]!;
  }
  return result;
}

/**
 * The same as `GroupKFold`: no group is in two folds. With a seed, each fold has about as many groups as any
 * other, at random; without one, about as many rows: the largest group goes to the smallest fold.
 *
 * @throws ParameterError for more folds than groups
 */
export function groupFolds(groups: readonly (string | number)[], folds: number, seed?: number): number[] {
  const sizes = new Map<string | number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  if (folds > sizes.size)
    throw new ParameterError('folds', 'there are more folds than groups', {
      expected: `at most ${sizes.size}, as there are ${count(sizes.size, 'group')}`,
      got: String(folds),
    });
  const names = [...sizes.keys()].sort(ascending);
  const foldOf = new Map<string | number, number>();
  if (seed !== undefined) {
    const parts = inParts(new MersenneTwister(seed).shuffled(names), folds);
    for (const [fold, members] of parts.entries()) for (const name of members) foldOf.set(name, fold);
  } else {
    const filled = Array.from({ length: folds }, () => 0);
    const smallFirst = names.sort((a, b) => sizes.get(a)! - sizes.get(b)!);
    for (const name of smallFirst.reverse()) {
      const lightest = filled.indexOf(Math.min(...filled));
      foldOf.set(name, lightest);
      filled[lightest]! += sizes.get(name)!;
    }
  }
  return groups.map((group) => foldOf.get(group)!);
}

/** As NumPy sorts: numbers by size, text by code point. */
function ascending(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [one, other] = [Array.from(String(a)), Array.from(String(b))];
  for (let i = 0; i < Math.min(one.length, other.length); i += 1) {
    const by = one[i]!.codePointAt(0)! - other[i]!.codePointAt(0)!;
    if (by !== 0) return by;
  }
  return one.length - other.length;
}

/** Consecutive parts of nearly equal size, the larger ones first: `np.array_split`. */
function inParts<T>(values: readonly T[], parts: number): T[][] {
  const [size, larger] = [Math.floor(values.length / parts), values.length % parts];
  return Array.from({ length: parts }, (_, part) => {
    const start = part * size + Math.min(part, larger);
    return values.slice(start, start + size + (part < larger ? 1 : 0));
  });
}
