import { NumpyRandom } from '../../random/numpy-random.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import type { SplitSizes } from './split-sizes.js';

/** Positions (from 0) of the rows of both parts, in order. */
export interface TrainTest {
  train: ArrayLike<number>;
  test: ArrayLike<number>;
}

/** The first rows for training, those after them for testing: `train_test_split(shuffle=False)`. */
export function orderedSplit({ n_train, n_test }: SplitSizes): TrainTest {
  return { train: range(0, n_train), test: range(n_train, n_train + n_test) };
}

/** `train_test_split(seed=seed)` of Hugging Face datasets: the same rows in the same order. */
export function randomSplit(n: number, { n_train, n_test }: SplitSizes, seed: number): TrainTest {
  const permutation = new NumpyRandom(seed).permutation(n);
  return { test: permutation.subarray(0, n_test), train: permutation.subarray(n_test, n_test + n_train) };
}

/**
 * `train_test_split(stratify_by_column=...)` of Hugging Face datasets (utils/stratify.py, after
 * scikit-learn's StratifiedShuffleSplit): the same rows in the same order. Every class needs 2 rows, and each
 * part one row per class.
 */
export function stratifiedSplit(
  labels: readonly number[],
  { n_train, n_test }: SplitSizes,
  seed: number,
  nameOf: (label: number) => string = String,
): TrainTest {
  const rng = new NumpyRandom(seed);
  const rowsByClass = groupByLabel(labels);
  for (const [label, rows] of rowsByClass) {
    if (rows.length >= 2) continue;
    throw new EtudeError(`class '${nameOf(label)}' is too small to stratify by`, {
      expected: 'at least 2 rows of each class',
      got: '1 row',
    });
  }
  for (const [part, size] of Object.entries({ train: n_train, test: n_test })) {
    if (size >= rowsByClass.size) continue;
    throw new EtudeError(`the ${part} split is too small to stratify`, {
      expected: `at least ${count(rowsByClass.size, 'row')}, one per class`,
      got: `${size}`,
    });
  }
  const classes = [...rowsByClass.values()];
  const counts = classes.map((rows) => rows.length);
  const trainCounts = approximateMode(counts, n_train, rng);
  const remaining = counts.map((count, i) => count - trainCounts[i]!);
  const testCounts = approximateMode(remaining, n_test, rng);
  const train: number[] = [];
  const test: number[] = [];
  classes.forEach((rows, i) => {
    const permuted = Array.from(rng.permutation(rows.length), (k) => rows[k]!);
    const end = trainCounts[i]!;
    train.push(...permuted.slice(0, end));
    test.push(...permuted.slice(end, end + testCounts[i]!));
  });
  return { train: rng.permutation(train), test: rng.permutation(test) };
}

/**
 * Approximate mode of the multivariate hypergeometric: how many of `draws` each class gets, ties broken by
 * `rng`.
 */
function approximateMode(counts: readonly number[], draws: number, rng: NumpyRandom): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const continuous = counts.map((count) => (draws * count) / total);
  const result = continuous.map(Math.floor);
  let missing = Math.trunc(draws - result.reduce((sum, count) => sum + count, 0));
  const remainders = continuous.map((value, i) => value - result[i]!);
  for (const value of [...new Set(remainders)].sort((a, b) => b - a)) {
    if (missing <= 0) break;
    const tied = remainders.flatMap((remainder, i) => (remainder === value ? [i] : []));
    const added = Math.min(tied.length, missing);
    for (const i of rng.choice(tied, added)) result[i]! += 1;
    missing -= added;
  }
  return result;
}

/** Rows by label, labels ascending. */
function groupByLabel(labels: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const label of [...new Set(labels)].sort((a, b) => a - b)) groups.set(label, []);
  labels.forEach((label, row) => {
    groups.get(label)!.push(row);
  });
  return groups;
}

function range(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, i) => start + i);
}
