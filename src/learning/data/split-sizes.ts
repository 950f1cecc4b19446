import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';

export interface SplitSizes {
  n_train: number;
  n_test: number;
}

/**
 * Rows of both parts, as `train_test_split` of Hugging Face datasets counts them: an integer is a number of
 * rows, any other number a fraction; the test part is rounded up, the train part down, a missing one is the
 * remainder, and if both are missing, the test part is 0.25. Impossible sizes are an EtudeError with the
 * numbers.
 */
export function splitSizes(
  n: number,
  { test_size, train_size }: { test_size?: number; train_size?: number },
): SplitSizes {
  if (n === 0)
    throw new EtudeError('there are no rows to split', { expected: 'at least 2 rows', got: '0 rows' });
  const test = test_size ?? (train_size === undefined ? 0.25 : undefined);
  checkSize('test_size', test, n);
  checkSize('train_size', train_size, n);
  if (isFraction(test) && isFraction(train_size) && test + train_size > 1) {
    throw new EtudeError('test_size and train_size add up to more than 1', {
      expected: 'a sum of at most 1',
      got: `${test} + ${train_size} = ${test + train_size}`,
    });
  }
  const tested = test === undefined ? undefined : isFraction(test) ? Math.ceil(test * n) : test;
  const trained =
    train_size === undefined ? undefined : isFraction(train_size) ? Math.floor(train_size * n) : train_size;
  const n_test = tested ?? n - trained!;
  const n_train = trained ?? n - tested!;
  if (n_train + n_test > n) {
    throw new EtudeError('test_size and train_size add up to more rows than there are', {
      expected: `a sum of at most ${n}`,
      got: `${n_train} for training + ${n_test} for testing = ${n_train + n_test}`,
    });
  }
  if (n_train === 0 || n_test === 0) {
    throw new EtudeError(`the ${n_train === 0 ? 'train' : 'test'} split would be empty`, {
      expected: 'at least 1 row in each part',
      got: `${n_train} for training and ${n_test} for testing, of ${count(n, 'row')}`,
    });
  }
  return { n_train, n_test };
}

/**
 * Rows of both parts if one fold of several is for testing: the first folds have one row more, if need be.
 */
export function foldSizes(n: number, folds: number, fold: number): SplitSizes {
  if (folds > n)
    throw new EtudeError('there are more folds than rows', { expected: `at most ${n}`, got: String(folds) });
  const n_test = Math.floor(n / folds) + (fold < n % folds ? 1 : 0);
  return { n_train: n - n_test, n_test };
}

function isFraction(size: number | undefined): size is number {
  return size !== undefined && !Number.isInteger(size);
}

function checkSize(param: string, size: number | undefined, n: number): void {
  if (size === undefined) return;
  if (size > 0 && (Number.isInteger(size) ? size < n : size < 1)) return;
  throw new EtudeError(`impossible ${param}`, {
    expected: `a fraction between 0 and 1, or a number of rows from 1 to ${n - 1} (of ${n})`,
    got: String(size),
  });
}
