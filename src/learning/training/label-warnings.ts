import type { Examples } from './examples.js';
import type { ProblemType } from './problem-type.js';

/** The most classes that a sentence names. */
const SHOWN = 5;

type Labelled = Pick<Examples, 'split' | 'labels'>;

/**
 * Oddities in the labels of a training, one sentence each: classes without a clip, a single class, classes
 * that only one of the two splits has.
 *
 * @param names Class names by number.
 * @param evaluation The split that evaluations during training use, if there are any.
 */
export function labelWarnings(names: readonly string[], train: Labelled, evaluation?: Labelled): string[] {
  const warnings: string[] = [];
  const trained = new Set(train.labels);
  const sole = soleClass(names, train);
  if (sole !== undefined) warnings.push(sole);
  const missing = names.filter((_, id) => !trained.has(id));
  if (missing.length > 0 && sole === undefined)
    warnings.push(`no clip of split '${train.split}' is of ${list(missing)}, which cannot be learned`);
  if (evaluation !== undefined) warnings.push(...evaluationWarnings(names, trained, evaluation));
  return warnings;
}

/**
 * Oddities in the labels of a split that a model is evaluated on.
 *
 * @param trained Numbers of the classes for which the training had clips.
 */
export function evaluationWarnings(
  names: readonly string[],
  trained: ReadonlySet<number>,
  evaluation: Labelled,
): string[] {
  const warnings: string[] = [];
  const evaluated = new Set(evaluation.labels);
  const unseen = names.filter((_, id) => evaluated.has(id) && !trained.has(id));
  if (unseen.length > 0)
    warnings.push(
      `split '${evaluation.split}' has clips of ${list(unseen)}, but the training split has none`,
    );
  const untested = names.filter((_, id) => trained.has(id) && !evaluated.has(id));
  if (untested.length > 0)
    warnings.push(
      `split '${evaluation.split}' has no clip of ${list(untested)}, which its metrics do not cover`,
    );
  const alone = soleClass(names, evaluation);
  if (alone !== undefined) warnings.push(alone);
  return warnings;
}

/** The sentence about a split whose clips are all of one class. */
function soleClass(names: readonly string[], { split, labels }: Labelled): string | undefined {
  const [first] = labels;
  if (labels.some((label) => label !== first)) return undefined;
  return `all clips of split '${split}' are of one class, '${names[first!]}': there is nothing to classify`;
}

/** Numbers of the classes that a split has clips of, or of all outputs of a regression. */
export function classesIn(
  { labels }: Pick<Examples, 'labels'>,
  type: ProblemType,
  classes: number,
): Set<number> {
  if (type === 'single_label_classification') return new Set(labels);
  if (type === 'regression') return new Set(Array.from({ length: classes }, (_, id) => id));
  return new Set(labels.flatMap((label, index) => (label === 1 ? index % classes : [])));
}

/** Oddities in the labels of a training of any type. */
export function trainingWarnings(
  type: ProblemType,
  names: readonly string[],
  train: Labelled,
  evaluation?: Labelled,
): string[] {
  if (type === 'single_label_classification') return labelWarnings(names, train, evaluation);
  if (type === 'regression') return [];
  const splits = evaluation === undefined ? [train] : [train, evaluation];
  return splits.flatMap((examples) => missingLabels(names, examples) ?? []);
}

/** Oddities in the labels of a split that a model of any type was evaluated on, and in what that gave. */
export function evaluatedWarnings(
  type: ProblemType,
  names: readonly string[],
  trained: ReadonlySet<number>,
  examples: Labelled,
  metrics: Readonly<Record<string, number>>,
): string[] {
  if (type === 'regression') return [];
  if (type === 'multi_label_classification') return [missingLabels(names, examples) ?? []].flat();
  const poor = baselineWarning(names, examples, metrics.accuracy!);
  return [...evaluationWarnings(names, trained, examples), ...(poor === undefined ? [] : [poor])];
}

/** The labels that no clip of a split has, where a clip may have several: one sentence, if there are any. */
function missingLabels(names: readonly string[], examples: Labelled): string | undefined {
  const having = classesIn(examples, 'multi_label_classification', names.length);
  const missing = names.filter((_, id) => !having.has(id));
  if (missing.length === 0) return undefined;
  return `no clip of split '${examples.split}' has the label of ${list(missing)}`;
}

/** The share of the most frequent class: the accuracy of always predicting it. */
export function majorityBaseline(labels: readonly number[]): { label: number; accuracy: number } {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [label, count] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return { label, accuracy: count / labels.length };
}

/** The sentence about an accuracy that is no better than that. */
export function baselineWarning(
  names: readonly string[],
  { split, labels }: Labelled,
  accuracy: number,
): string | undefined {
  const baseline = majorityBaseline(labels);
  if (accuracy > baseline.accuracy) return undefined;
  return (
    `accuracy ${accuracy.toFixed(3)} on split '${split}' is no better than always answering ` +
    `'${names[baseline.label]}' (${baseline.accuracy.toFixed(3)})`
  );
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => `'${name}'`);
  if (names.length > SHOWN) return `classes ${shown.join(', ')} and ${names.length - SHOWN} more`;
  const [last, ...others] = shown.reverse();
  return others.length === 0 ? `class ${last}` : `classes ${others.reverse().join(', ')} and ${last}`;
}
