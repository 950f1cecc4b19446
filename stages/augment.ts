import { type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { augmentOf, namesOf } from '../src/learning/training/augment/augment-checks.js';
import { gainWarning } from '../src/learning/training/augment/gain-warning.js';
import { checkNoises, recordedNoises } from '../src/learning/training/augment/noises-checks.js';
import type { Augment, Features, ListFeature } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { AugmentParams } from '../src/stage/params.js';

/** What is recorded about the column; undefined after a reported problem. */
function augmentationOf(
  features: Features,
  params: AugmentParams,
  report: Report,
): { augment: Augment; feature: ListFeature } | undefined {
  const found = augmentOf(features, params);
  if (!('problems' in found)) return found;
  found.problems.forEach(report);
  return undefined;
}

/**
 * What a training changes in its clips. It differs per epoch, so the stage records it beside the clips and
 * computes nothing: a stored result would need every epoch.
 */
const augment = defineBuiltIn<AugmentParams>()({
  name: 'augment',
  description: 'Changes the clips that are trained on, anew in each epoch.',
  inputs: { dataset: { kind: 'dataset' }, noises: { kind: 'dataset', optional: true } },
  output: 'dataset',
  keepsRows: true,

  outline({ params, inputs, problem, warn }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const made = augmentationOf(input.features, params, problem);
    if (made === undefined) return undefined;
    const { augment, feature } = made;
    const { noises } = inputs;
    checkNoises(params, noises?.features, Object.hasOwn(inputs, 'noises'), feature.extracted!, problem);
    const warning = gainWarning(augment.changes, feature.extracted!);
    if (warning !== undefined) warn(warning);
    return { ...input, features: { ...input.features, [params.input_column]: { ...feature, augment } } };
  },

  async run({ params, inputs: { dataset, noises } }) {
    const { augment, feature } = augmentationOf(dataset.features, params, throwProblem)!;
    checkNoises(params, noises?.features, noises !== undefined, feature.extracted!, throwProblem);
    const recorded = noises && { noises: recordedNoises(noises, params.noises_column) };
    const features = {
      ...dataset.features,
      [params.input_column]: { ...feature, augment: { ...augment, ...recorded } },
    };
    return { artifact: { ...dataset, features }, rowsComputed: 0, summary: namesOf(augment.changes) };
  },
});

export default augment;
