import { throwProblem } from '../../data/name-problems.js';
import type { TrainingArguments } from '../argument-types.js';
import type { Examples } from '../examples.js';
import { classWeights } from './class-weights.js';
import { CrossEntropy } from './cross-entropy.js';
import type { Objective } from './objective.js';

/**
 * The objective of a training.
 *
 * @param names Class names by number.
 * @throws EtudeError if class weights are to be balanced and a class has no rows.
 */
export function objectiveOf(
  args: TrainingArguments,
  names: readonly string[],
  { labels }: Pick<Examples, 'labels'>,
): Objective {
  return new CrossEntropy(names, {
    smoothing: args.label_smoothing_factor,
    weights: classWeights(args.class_weights, names, labels, throwProblem),
    gamma: args.focal_gamma,
    measured: args,
  });
}
