import { type Report, splitProblem } from './name-problems.js';

/**
 * The splits that a parameter `split` names: one, several, or all if it is missing. Unknown ones are reported
 * and left out.
 */
export function chosenSplits(
  splits: Readonly<Record<string, unknown>>,
  split: string | readonly string[] | undefined,
  report: Report,
): string[] {
  if (split === undefined) return Object.keys(splits);
  const isKnown = (name: string, param: readonly (string | number)[]) => {
    const problem = splitProblem(splits, name, param);
    if (problem !== undefined) report(problem);
    return problem === undefined;
  };
  if (typeof split === 'string') return isKnown(split, ['split']) ? [split] : [];
  return split.filter((name, i) => isKnown(name, ['split', i]));
}
