import type { RecipeError } from '../index.js';
import { allowsColor } from '../terminal/colors.js';
import { foldIndented } from '../terminal/line.js';
import { writePaintedLine } from '../terminal/output.js';
import { joinPainted } from '../terminal/terminal-text.js';
import { count } from '../util/words.js';

/** Prints all that is wrong with a recipe, each problem with its place in the file. */
export async function printProblems(error: RecipeError): Promise<void> {
  const color = allowsColor(process.stderr, process.env);
  const width = process.stderr.isTTY ? process.stderr.columns - 1 : undefined;
  const texts = await error.format({ color, width, fold: width === undefined ? undefined : foldIndented });
  writePaintedLine(process.stderr, joinPainted(texts, '\n\n'));
  if (texts.length > 1) process.stderr.write(`\n${count(texts.length, 'problem')}\n`);
}
