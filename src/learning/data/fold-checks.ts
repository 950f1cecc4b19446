import { MAX_LEGACY_SEED } from '../../random/mersenne-twister.js';
import type { Report } from './name-problems.js';

interface FoldParams {
  folds?: number;
  fold?: number;
  seed: number;
  test_size?: number;
  train_size?: number;
  test_groups?: unknown;
}

/** Parameters that determine the test part in another way. */
const OTHERS = ['test_size', 'train_size', 'test_groups'] as const;

/** What is wrong with `folds` and `fold` before any row is read. */
export function checkFolds(params: FoldParams, report: Report): void {
  const { folds, fold, seed } = params;
  if (folds === undefined) {
    if (fold !== undefined)
      report({
        param: ['fold'],
        message: 'fold needs to know how many there are',
        expected: 'folds: 5, say',
      });
    return;
  }
  if (fold === undefined)
    report({
      param: ['folds'],
      message: 'folds needs to know which of them is the test part',
      expected: `fold: a number from 0 to ${folds - 1}, or a reference to a parameter that a matrix varies`,
    });
  else if (fold >= folds)
    report({ param: ['fold'], message: 'no such fold', expected: `0 to ${folds - 1}`, got: String(fold) });
  for (const param of OTHERS)
    if (params[param] !== undefined)
      report({ param: [param], message: 'folds already determines the two parts', expected: `no ${param}` });
  if (seed > MAX_LEGACY_SEED)
    report({
      param: ['seed'],
      message: "the seed is too large for scikit-learn's folds",
      expected: `at most ${MAX_LEGACY_SEED}`,
      got: String(seed),
    });
}
