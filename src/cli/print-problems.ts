import type { RecipeError } from '../index.js';
import { allowsColor } from '../terminal/colors.js';
import { foldIndented } from '../terminal/line.js';
import { writePaintedLine } from '../terminal/output.js';
import { joinPainted, type Painted } from '../terminal/terminal-text.js';
import { count } from '../util/words.js';

/** All problems of a recipe as printed on standard error, each with its position. */
export function formatProblems(error: RecipeError): Promise<Painted[]> {
  const color = allowsColor(process.stderr, process.env);
  const width = process.stderr.isTTY ? process.stderr.columns - 1 : undefined;
  return error.format({ color, width, fold: width === undefined ? undefined : foldIndented });
}

/** Prints all problems of a recipe. */
export async function printProblems(error: RecipeError): Promise<void> {
  const texts = await formatProblems(error);
  writePaintedLine(process.stderr, joinPainted(texts, '\n\n'));
  if (texts.length > 1) process.stderr.write(`\n${count(texts.length, 'problem')}\n`);
}
