import { trainingWarnings } from '../../learning/training/label-warnings.js';
import { count } from '../../util/words.js';
import { type Finding, fine, problem, unchecked } from './finding.js';
import type { TrainingFacts } from './training-facts.js';

/** Looks for classes without a clip in the split that is trained on, or in only one of the splits. */
export function checkClasses({ params, labelled }: Pick<TrainingFacts, 'params' | 'labelled'>): Finding {
  if (params.problem_type === 'regression') return unchecked('classes', 'a regression has no classes');
  if ('missing' in labelled) return unchecked('classes', labelled.missing, labelled.advice);
  const { names, train, evaluation } = labelled;
  const found = trainingWarnings(params.problem_type, names, train, evaluation);
  if (found.length === 0)
    return fine('classes', `split '${train.split}' has clips of all ${count(names.length, 'class')}`);
  return problem(
    'classes',
    found.join('; '),
    'Split with stratify_by_column, so that each split has clips of each class; add clips; or leave out classes that have none with a relabel stage.',
  );
}
