import { relative } from 'node:path';
import { type LoadOptions, loadPipeline } from '../../pipeline/recipe/load-pipeline.js';
import { printHubWarnings, printProblems, warnOnStderr } from '../../project/open-recipe.js';
import { count } from '../../terminal/format.js';
import { writeLine } from '../../terminal/output.js';
import { terminalLine } from '../../terminal/terminal-text.js';
import { EXIT } from '../errors.js';
import { printJson } from '../print.js';

/** `etude check RECIPE…`: all problems of all recipes; `recipe: ok, 8 stages` for those without. */
export async function check(
  recipes: readonly string[],
  options: LoadOptions & { json?: boolean },
): Promise<void> {
  const results = [];
  for (const recipe of recipes) {
    const loaded = await loadPipeline(recipe, { params: options.params, set: options.set });
    await printHubWarnings();
    const { warnings } = loaded;
    if (!options.json) warnings.forEach(warnOnStderr);
    const problems = 'problems' in loaded ? loaded.problems : [];
    const stages = 'pipeline' in loaded ? loaded.pipeline.stages.map(({ id, uses }) => ({ id, uses })) : [];
    if (problems.length > 0) process.exitCode = EXIT.failed;
    results.push({ recipe, ok: problems.length === 0, stages, problems, warnings });
    if (options.json) continue;
    if (results.length > 1 && problems.length > 0) process.stderr.write('\n');
    if (problems.length > 0) await printProblems(problems);
    else
      writeLine(
        process.stdout,
        terminalLine(`${relative('', recipe)}: ok, ${count(stages.length, 'stage')}`),
      );
  }
  if (options.json) printJson({ recipes: results });
}
