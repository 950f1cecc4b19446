import { relative } from 'node:path';
import { RecipeError } from '../../project/recipe-error.js';
import { writeLine } from '../../terminal/output.js';
import { terminalLine } from '../../terminal/terminal-text.js';
import { count } from '../../util/words.js';
import { divertOutput } from '../divert-output.js';
import { EXIT } from '../errors.js';
import { projectOf, type RecipeOptions } from '../open-recipe.js';
import { printJson } from '../print.js';
import { printProblems } from '../print-problems.js';
import { warnOnStderr } from '../warn.js';

/** `etude check RECIPE…`: all problems of all recipes; `recipe: ok, 8 stages` for those without. */
export async function check(
  recipes: readonly string[],
  options: RecipeOptions & { json?: boolean },
): Promise<void> {
  const project = projectOf(options);
  const results = [];
  for (const recipe of recipes) {
    const checked = await divertOutput(() => project.open(recipe, options)).catch(asRecipeError);
    const problems = checked instanceof RecipeError ? checked.problems : [];
    const stages =
      checked instanceof RecipeError ? [] : checked.pipeline.stages.map(({ id, uses }) => ({ id, uses }));
    const { warnings } = checked;
    if (!options.json) warnings.forEach(warnOnStderr);
    if (problems.length > 0) process.exitCode = EXIT.failed;
    results.push({ recipe, ok: problems.length === 0, stages, problems, warnings });
    if (options.json) continue;
    if (results.length > 1 && problems.length > 0) process.stderr.write('\n');
    if (checked instanceof RecipeError) await printProblems(checked);
    else
      writeLine(
        process.stdout,
        terminalLine(`${relative('', recipe)}: ok, ${count(stages.length, 'stage')}`),
      );
  }
  if (options.json) printJson({ recipes: results });
}

function asRecipeError(error: unknown): RecipeError {
  if (error instanceof RecipeError) return error;
  throw error;
}
