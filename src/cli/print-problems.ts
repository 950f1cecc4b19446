import type { Problem } from '../pipeline/recipe/problem.js';
import { allowsColor } from '../terminal/colors.js';
import { foldIndented } from '../terminal/line.js';
import { writePaintedLine } from '../terminal/output.js';
import { joinPainted } from '../terminal/terminal-text.js';
import { count } from '../util/words.js';

/** Prints problems of recipes, each with its place in the file. */
export async function printProblems(problems: readonly Problem[]): Promise<void> {
  const { formatProblem } = await import('../pipeline/recipe/format-problem.js');
  const color = allowsColor(process.stderr, process.env);
  const width = process.stderr.isTTY ? process.stderr.columns - 1 : undefined;
  const texts = await Promise.all(
    problems.map((problem) =>
      formatProblem(problem, { color, width, fold: width === undefined ? undefined : foldIndented }),
    ),
  );
  writePaintedLine(process.stderr, joinPainted(texts, '\n\n'));
  if (problems.length > 1) process.stderr.write(`\n${count(problems.length, 'problem')}\n`);
}
