/** One mistake in a recipe: what is wrong, where, and what would be right. Plain data. */
export interface Problem {
  /** The recipe file as given, or `--set` for an override from the command line. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units. For `--set`, a position within its argument. */
  column: number;
  /** Just after the last character, if the position has a length and ends on the same line. */
  endColumn?: number;
  message: string;
  expected?: string;
  got?: string;
  /** A likely spelling. */
  suggestion?: string;
  /** What to do about it, in a sentence. */
  hint?: string;
  /** The text that the position is in, for the code frame. Not enumerable: it is not part of reports. */
  readonly source?: string;
}

/** What is wrong, without the position. */
export type Mistake = Pick<Problem, 'message' | 'expected' | 'got' | 'suggestion' | 'hint'>;

/** Combines a mistake with its position; unknown parts are left out. */
export function createProblem(
  position: Pick<Problem, 'file' | 'line' | 'column' | 'endColumn'>,
  mistake: Mistake,
  source?: string,
): Problem {
  const problem: Problem = {
    file: position.file,
    line: position.line,
    column: position.column,
    message: mistake.message,
  };
  if (position.endColumn !== undefined) problem.endColumn = position.endColumn;
  if (mistake.expected !== undefined) problem.expected = mistake.expected;
  if (mistake.got !== undefined) problem.got = mistake.got;
  if (mistake.suggestion !== undefined) problem.suggestion = mistake.suggestion;
  if (mistake.hint !== undefined) problem.hint = mistake.hint;
  Object.defineProperty(problem, 'source', { value: source, enumerable: false });
  return problem;
}

/**
 * In reading order, file after file (`files`), overrides from the command line last; duplicates at one
 * position are removed.
 */
export function sortProblems(problems: readonly Problem[], files: readonly string[] = []): Problem[] {
  const seen = new Set<string>();
  const unique = problems.filter((problem) => {
    const key =
      JSON.stringify([problem.source === undefined, problem]) +
      (problem.file === '--set' ? problem.source : '');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const isSet = ({ file }: Problem) => file === '--set';
  const rank = (problem: Problem) => (isSet(problem) ? files.length : files.indexOf(problem.file));
  return unique
    .map((problem, index) => ({ problem, index }))
    .sort(
      (a, b) =>
        rank(a.problem) - rank(b.problem) ||
        (isSet(a.problem) ? a.index - b.index : 0) ||
        a.problem.line - b.problem.line ||
        a.problem.column - b.problem.column ||
        a.index - b.index,
    )
    .map(({ problem }) => problem);
}
