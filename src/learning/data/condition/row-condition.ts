import type { CelError } from '@marcbachmann/cel-js';
import type { Features } from '../../../stage/artifact.js';
import type { OutlineProblem } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { lookUp } from '../../../util/look-up.js';
import { describeFeature } from '../features.js';
import { columnProblem, type Report } from '../name-problems.js';
import { ALLOWED, partsOf } from './allowed-parts.js';
import { COLUMNS, isComparable, typedColumns, untypedColumns } from './condition-columns.js';

/** A condition on the values of a row. */
export interface RowCondition {
  /** Names of the columns that it is about. */
  columns: string[];
  /** Whether it asks for the level of a clip, so that clips must be decoded. */
  usesLevels: boolean;
  /**
   * Whether a row meets it.
   *
   * @param values of its columns, as from `valueFor`
   * @throws EtudeError if there is no answer: a missing value is compared, or a text is no number
   */
  holds(values: ReadonlyMap<string, unknown>): boolean;
}

/**
 * A condition written in Google's Common Expression Language, which only compares and computes: it cannot
 * loop or run code. Reports mistakes, with the characters that they are about: syntax, unknown columns,
 * operators that do not fit the columns' types.
 *
 * @param param where the recipe has it
 */
export async function rowCondition(
  text: string,
  features: Features,
  param: OutlineProblem['param'],
  report: Report,
): Promise<RowCondition | undefined> {
  const cel = await import('@marcbachmann/cel-js');
  let isRight = true;
  const wrong = (problem: Omit<OutlineProblem, 'param'>) => {
    isRight = false;
    report({ param, ...problem });
  };
  const untyped = untypedColumns(cel, features);
  let parsed: ReturnType<typeof untyped.parse>;
  try {
    parsed = untyped.parse(text);
  } catch (error) {
    const { summary, range } = error as CelError;
    wrong({ message: `the condition cannot be read: ${syntax(summary)}`, span: spanOf(range) });
    return undefined;
  }
  const { columns, usesLevels } = partsOf(parsed.ast, (node, what) =>
    wrong({
      message: `conditions cannot have ${what}`,
      expected: `comparisons, arithmetic, ${ALLOWED}`,
      span: spanOf(node),
    }),
  );
  for (const [column, node] of columns) {
    const unknown = columnProblem(features, column, param);
    const feature = lookUp(features, column);
    if (unknown !== undefined) wrong({ ...unknown, span: spanOf(node) });
    else if (feature !== undefined && !isComparable(feature))
      wrong({
        message: `conditions cannot be about column '${column}'`,
        expected: 'a column of text, numbers, true/false, classes or audio',
        got: describeFeature(feature),
        span: spanOf(node),
      });
  }
  if (!isRight) return undefined;
  const checked = typedColumns(cel, features).check(text);
  if (!checked.valid)
    wrong({
      message: `the condition does not fit the columns: ${checked.error.summary}`,
      hint: 'double(x) makes a fraction of an integer, and columns["a name"] finds any column.',
      span: spanOf(checked.error.range),
    });
  else if (checked.type !== 'bool' && checked.type !== 'dyn')
    wrong({ message: 'the condition has no answer', expected: 'true or false', got: checked.type });
  if (!isRight) return undefined;
  return {
    columns: [...columns.keys()],
    usesLevels,
    holds(values) {
      let answer: unknown;
      try {
        answer = parsed({ ...Object.fromEntries(values), [COLUMNS]: values });
      } catch (error) {
        throw unanswered((error as Partial<CelError>).summary, error);
      }
      if (typeof answer !== 'boolean') throw unanswered('it is neither true nor false');
      return answer;
    },
  };
}

function unanswered(summary: string | undefined, cause?: unknown): EtudeError {
  const isMissing = summary !== undefined && /\bnull\b|^No such key/.test(summary);
  if (!isMissing)
    return new EtudeError(`the condition has no answer: ${summary ?? String(cause)}`, { cause });
  return new EtudeError('the condition has no answer: a value is missing', {
    hint: 'The condition can test for it first: score != null && score > 2.',
    cause,
  });
}

function syntax(summary: string): string {
  return summary
    .replace(/^Unexpected token: EOF$/, 'it ends too early')
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

function spanOf(range: { start: number; end: number } | undefined): OutlineProblem['span'] {
  return range && [range.start, range.end];
}
