import type { Features } from '../../stage/artifact.js';
import type { OutlineProblem } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { suggest } from '../../util/suggest.js';

/** The problem with naming a column that a dataset does not have; `undefined` if it has it. */
export function columnProblem(
  features: Features,
  column: string,
  param: readonly (string | number)[],
): OutlineProblem | undefined {
  return nameProblem('column', Object.keys(features), column, param);
}

/** The problem with naming a split that a dataset does not have; `undefined` if it has it. */
export function splitProblem(
  splits: Readonly<Record<string, unknown>>,
  split: string,
  param: readonly (string | number)[],
): OutlineProblem | undefined {
  return nameProblem('split', Object.keys(splits), split, param);
}

function nameProblem(
  what: 'column' | 'split',
  names: readonly string[],
  name: string,
  param: readonly (string | number)[],
): OutlineProblem | undefined {
  if (names.includes(name)) return undefined;
  return {
    param,
    message: `no ${what} '${name}' in the dataset`,
    expected: names.length === 0 ? `a dataset with ${what}s` : `one of ${names.join(', ')}`,
    suggestion: suggest(name, names),
  };
}

/** A problem as the error that `run` throws. */
export function errorOf(problem: OutlineProblem): EtudeError {
  const { message, expected, got, suggestion } = problem;
  const hint = suggestion === undefined ? problem.hint : `Did you mean '${suggestion}'?`;
  return new EtudeError(message, { expected, got, hint });
}

/** Receives every problem; `run` throws the first, `outline` reports all. */
export type Report = (problem: OutlineProblem) => void;

/** A `Report` that throws. */
export const throwProblem: Report = (problem) => {
  throw errorOf(problem);
};
