import { relative } from 'node:path';
import { checkRecipe } from '../../project/check-recipe.js';
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
  options: RecipeOptions & { json?: boolean; profile?: string; profiles?: string },
): Promise<void> {
  const project = projectOf(options);
  const results = [];
  for (const recipe of recipes) {
    const checked = await divertOutput(() => checkRecipe(project, recipe, options));
    const { error, profile, warnings } = checked;
    const problems = error?.problems ?? [];
    const stages = error ? [] : (checked.recipe?.pipeline.stages ?? []).map(({ id, uses }) => ({ id, uses }));
    if (!options.json) warnings.forEach(warnOnStderr);
    if (problems.length > 0) process.exitCode = EXIT.failed;
    const jobs = profile && { executor: profile.executor, jobs: profile.jobs };
    results.push({ recipe, ok: problems.length === 0, stages, ...jobs, problems, warnings });
    if (options.json) continue;
    if (results.length > 1 && problems.length > 0) process.stderr.write('\n');
    if (error !== undefined) await printProblems(error);
    else {
      const sent = profile && `, ${profile.jobs.length} of them by ${profile.executor}`;
      const text = `${relative('', recipe)}: ok, ${count(stages.length, 'stage')}${sent ?? ''}`;
      writeLine(process.stdout, terminalLine(text));
    }
  }
  if (options.json) printJson({ recipes: results });
}
