import type { ExtractOptions, OptionProblem } from './extractor.js';

/** The most numbers in a clip's matrix; a file that asks for more would have all memory taken for it. */
export const MOST_NUMBERS = 2 ** 24;

/**
 * Problems of options for an extractor that gives all clips the same shape, and whose model takes no masks.
 *
 * @param name The class in transformers.
 * @param length What it does with clips of other lengths.
 */
export function fixedShapeProblems(
  options: ExtractOptions,
  name: string,
  length: string,
  fixed: readonly (keyof ExtractOptions)[],
): OptionProblem[] {
  const given = fixed.filter((option) => options[option] !== undefined);
  const problems: OptionProblem[] = given.map((option) => ({
    option,
    message: `${option} has no effect on ${name}, which ${length}`,
    expected: `no ${option}`,
  }));
  const { padding } = options;
  if (padding === true || padding === 'longest')
    problems.push({
      option: 'padding',
      message: `${name} ${length}`,
      expected: 'no padding',
    });
  if (options.return_attention_mask)
    problems.push({
      option: 'return_attention_mask',
      message: `${name} makes no attention masks that the model would use`,
      expected: 'false',
    });
  return problems;
}
