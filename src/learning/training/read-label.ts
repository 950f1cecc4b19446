import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import type { ProblemType } from './problem-type.js';

export interface LabelOptions {
  split: string;
  /** Without it, the clips have no labels. */
  label_column?: string;
  /** Names of the classes, or of the outputs, that the model knows. */
  labels: readonly string[];
  /** The number among `labels` of each of the data's classes. Default: the data has these classes. */
  ids?: readonly number[];
  /** What the labels are. Default: classes. */
  problem_type?: ProblemType;
}

/**
 * The labels of a row, as `Examples` has them.
 *
 * @param label What the row has in the label column.
 * @throws EtudeError for one that is missing, or is not what the problem type takes.
 */
export function readLabel(label: unknown, row: number, options: LabelOptions): number[] {
  switch (options.problem_type) {
    case 'multi_label_classification': {
      const having = options.labels.map(() => 0);
      for (const one of listOf(label, row, options)) having[classNumber(one, row, options)] = 1;
      return having;
    }
    case 'regression': {
      const values = isList(label) ? listOf(label, row, options) : [label];
      const finite = values.filter((value): value is number => Number.isFinite(value));
      const { length } = options.labels;
      if (finite.length === length && values.length === length) return finite;
      const what = length === 1 ? 'number' : `${length} numbers`;
      throw new EtudeError(`a row of split '${options.split}' has no ${what}`, {
        expected: `'${options.label_column}' of ${count(length, 'finite number')}`,
        got: isList(label) ? `[${values.map(shown).join(', ')}]` : shown(label),
        where: { row },
      });
    }
    default:
      return [classNumber(label, row, options)];
  }
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function listOf(value: unknown, row: number, options: LabelOptions): unknown[] {
  if (isList(value)) return Array.from(value);
  throw new EtudeError(`a row of split '${options.split}' has no labels`, {
    expected: `'${options.label_column}' as a list, which may be empty`,
    got: shown(value),
    where: { row },
  });
}

function shown(value: unknown): string {
  return value === null || value === undefined ? 'nothing' : String(value).slice(0, 80);
}

function classNumber(
  label: unknown,
  row: number,
  { split, label_column, labels, ids }: LabelOptions,
): number {
  const classes = ids?.length ?? labels.length;
  if (typeof label === 'number' && Number.isInteger(label) && label >= 0 && label < classes)
    return ids === undefined ? label : ids[label]!;
  const missing = label === null || label === undefined || Number.isNaN(label);
  throw new EtudeError(
    missing ? `a row of split '${split}' has no label` : `a label of split '${split}' is outside the classes`,
    {
      expected: `'${label_column}' from 0 to ${classes - 1}`,
      got: missing ? 'nothing' : String(label),
      where: { row },
    },
  );
}
