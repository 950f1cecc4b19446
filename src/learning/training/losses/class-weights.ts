import type { TrainParams } from '../../../stage/params.js';
import { suggest } from '../../../util/suggest.js';
import type { Report } from '../../data/name-problems.js';

/** The most class names that a message lists. */
const MOST_NAMED = 20;

/** Reports names in a parameter with a number for each class that are not those of classes. */
export function checkNames(param: string, given: unknown, names: readonly string[], report: Report): void {
  if (typeof given !== 'object' || given === null) return;
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
    report({
      param: [param, name],
      message: `there is no class '${name}'`,
      expected: `one of ${names.slice(0, MOST_NAMED).join(', ')}${more}`,
      suggestion: suggest(name, names),
    });
  }
}

/**
 * The weight of each class: as given, 1 for a class that is not named; or balanced as scikit-learn's
 * `compute_class_weight` does, rows / (classes × rows of the class).
 *
 * @param labels Class numbers of the training split.
 * @returns `undefined` if all classes count the same.
 * @throws What `report` throws, if weights are to be balanced and a class has no rows.
 */
export function classWeights(
  given: TrainParams['class_weights'],
  names: readonly string[],
  labels: readonly number[],
  report: Report,
): number[] | undefined {
  if (given !== 'balanced') return named(given, names);
  const rows = names.map(() => 0);
  for (const label of labels) rows[label]! += 1;
  checkRows(rows, names, report);
  return rows.map((count) => labels.length / (names.length * count));
}

/**
 * The same where a clip may have several labels, for those that have one: balanced, rows without the label /
 * rows with it.
 *
 * @param labels 0 or 1, [rows, labels].
 */
export function labelWeights(
  given: TrainParams['class_weights'],
  names: readonly string[],
  labels: readonly number[],
  report: Report,
): number[] | undefined {
  if (given !== 'balanced') return named(given, names);
  const size = names.length;
  const rows = names.map(() => 0);
  labels.forEach((label, index) => {
    rows[index % size]! += label;
  });
  checkRows(rows, names, report);
  const everywhere = names.filter((_, id) => rows[id]! > 0 && rows[id] === labels.length / size);
  if (everywhere.length > 0)
    report({
      param: ['class_weights'],
      message: `the balanced weight of a label that every row has is 0: ${listed(everywhere)}`,
      expected: 'rows without each label in the training split',
      hint: 'relabel drops classes; weights by name need no such rows.',
    });
  return rows.map((count) => (labels.length / size - count) / count);
}

function named(given: Record<string, number> | undefined, names: readonly string[]): number[] | undefined {
  return given && names.map((name) => (Object.hasOwn(given, name) ? given[name]! : 1));
}

function checkRows(rows: readonly number[], names: readonly string[], report: Report): void {
  const empty = names.filter((_, id) => rows[id] === 0);
  if (empty.length === 0) return;
  report({
    param: ['class_weights'],
    message: `no weight balances a class without rows: ${listed(empty)}`,
    expected: 'at least one row of each class in the training split',
    hint: 'relabel drops classes; weights by name need no rows.',
  });
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
