import { throwProblem } from '../../data/name-problems.js';
import type { TrainingArguments } from '../argument-types.js';
import type { Examples } from '../examples.js';
import { BinaryCrossEntropy } from './binary-cross-entropy.js';
import { classWeights, labelWeights } from './class-weights.js';
import { CrossEntropy } from './cross-entropy.js';
import type { Objective } from './objective.js';
import { SquaredError } from './squared-error.js';

/**
 * The objective of a training.
 *
 * @param names Names of the classes, or of the outputs, by number.
 * @throws EtudeError if class weights are to be balanced and a class has no rows.
 */
export function objectiveOf(
  args: TrainingArguments,
  names: readonly string[],
  { labels }: Pick<Examples, 'labels'>,
): Objective {
  const { class_weights, focal_gamma: gamma } = args;
  switch (args.problem_type) {
    case 'regression':
      return new SquaredError(names.length);
    case 'multi_label_classification': {
      const weights = labelWeights(class_weights, names, labels, throwProblem);
      return new BinaryCrossEntropy(names.length, { weights, gamma });
    }
    case 'single_label_classification': {
      const weights = classWeights(class_weights, names, labels, throwProblem);
      const smoothing = args.label_smoothing_factor;
      return new CrossEntropy(names, { smoothing, weights, gamma, measured: args });
    }
  }
}
