import type { EvaluateParams } from '../../stage/params.js';
import type { Report } from '../data/name-problems.js';
import { checkNames } from './losses/class-weights.js';
import type { ProblemType } from './problem-type.js';

/**
 * The threshold of each label; `undefined` where a clip has no labels to choose from.
 *
 * @param labels Their names, if they are known.
 * @param report Receives thresholds of unknown labels, or for a model that has one class a clip or numbers.
 */
export function thresholdsOf(
  { threshold }: EvaluateParams,
  type: ProblemType | undefined,
  labels: readonly string[] | undefined,
  report: Report,
): number[] | undefined {
  if (type !== 'multi_label_classification') {
    if (threshold !== undefined && type !== undefined)
      report({
        param: ['threshold'],
        message: 'a threshold is for a model whose clips may have several labels',
        expected: 'problem_type multi_label_classification',
        got: type,
      });
    return undefined;
  }
  if (labels === undefined) return undefined;
  if (typeof threshold !== 'object') return labels.map(() => threshold ?? 0.5);
  checkNames('threshold', threshold, labels, report);
  return labels.map((name) => (Object.hasOwn(threshold, name) ? threshold[name]! : 0.5));
}

/** Reports parameters that are about accuracies, for a model of another type. */
export function checkAccuracyParams(
  params: EvaluateParams,
  type: ProblemType | undefined,
  report: Report,
): void {
  if (type === undefined || type === 'single_label_classification') return;
  for (const param of ['group_by', 'duration_bins', 'metrics'] as const)
    if (params[param] !== undefined)
      report({
        param: [param],
        message: `${param} is for models with one class a clip`,
        expected: 'problem_type single_label_classification',
        got: type,
      });
}
