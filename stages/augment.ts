import { throwProblem } from '../src/learning/data/name-problems.js';
import { augmentOf, namesOf } from '../src/learning/training/augment/augment-checks.js';
import { gainWarning } from '../src/learning/training/augment/gain-warning.js';
import type { Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { AugmentParams } from '../src/stage/params.js';
import type { OutlineProblem } from '../src/stage/stage-type.js';

/** The features of the result, and what they record; undefined after a reported problem. */
function augmented(features: Features, params: AugmentParams, report: (problem: OutlineProblem) => void) {
  const found = augmentOf(features, params);
  if ('problems' in found) {
    found.problems.forEach(report);
    return undefined;
  }
  const { augment, feature } = found;
  return { features: { ...features, [params.input_column]: { ...feature, augment } }, augment, feature };
}

/**
 * What a training changes in its clips. It differs per epoch, so the stage records it beside the clips and
 * computes nothing: a stored result would need every epoch.
 */
const augment = defineBuiltIn<AugmentParams>()({
  name: 'augment',
  description: 'Changes the clips that are trained on, anew in each epoch.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  keepsRows: true,

  outline({ params, inputs, problem, warn }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const made = augmented(input.features, params, problem);
    if (made === undefined) return undefined;
    const warning = gainWarning(made.augment.changes, made.feature.extracted!);
    if (warning !== undefined) warn(warning);
    return { ...input, features: made.features };
  },

  async run({ params, inputs: { dataset } }) {
    const { features, augment } = augmented(dataset.features, params, throwProblem)!;
    return { artifact: { ...dataset, features }, rowsComputed: 0, summary: namesOf(augment.changes) };
  },
});

export default augment;
