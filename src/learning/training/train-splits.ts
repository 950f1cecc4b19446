import type { TrainParams } from '../../stage/params.js';
import type { Report } from '../data/name-problems.js';
import { evaluates } from './argument-checks.js';
import { checkSplit } from './dataset-checks.js';

/** The splits that a training reads. */
export function splitsOf(params: TrainParams): string[] {
  return evaluates(params) ? [params.train_split, params.eval_split] : [params.train_split];
}

/** Splits that a training needs and the dataset does not have. */
export function checkSplits(
  splits: Readonly<Record<string, number | undefined>>,
  params: TrainParams,
  report: Report,
): void {
  checkSplit(splits, params.train_split, ['train_split'], report);
  if (evaluates(params)) checkSplit(splits, params.eval_split, ['eval_split'], report);
}
