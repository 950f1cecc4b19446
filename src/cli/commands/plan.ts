import type { StagesAsked } from '../../index.js';
import { planRow } from '../../project/plan-rows.js';
import { planLines } from '../../ui/plan-lines.js';
import { EXIT } from '../errors.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { outputWidth, printJson, printLines } from '../print.js';

/**
 * `etude plan RECIPE [STAGE…]`: what a run would do, why, and how long it would take. Exit code 1 if a stage
 * is blocked.
 */
export async function plan(
  recipe: string,
  asked: readonly string[],
  options: RecipeOptions & Omit<StagesAsked, 'stages'> & { json?: boolean },
): Promise<void> {
  const opened = await openRecipe(recipe, options, { warnings: true });
  const { stages } = await opened.plan({ ...options, stages: asked });
  const rows = stages.map(planRow);
  if (rows.some((row) => row.status === 'blocked')) process.exitCode = EXIT.failed;
  if (options.json) printJson({ stages: rows });
  else printLines(planLines(rows, outputWidth()));
}
