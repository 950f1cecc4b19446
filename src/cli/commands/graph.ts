import type { GraphFormat } from '../../index.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';

/** `etude graph RECIPE`: the stages and what flows between them, each with what a run would do. */
export async function graph(
  recipe: string,
  options: RecipeOptions & { format: 'terminal' | Exclude<GraphFormat, 'text'> },
): Promise<void> {
  const opened = await openRecipe(recipe, options);
  process.stdout.write(await opened.graph(options.format === 'terminal' ? 'text' : options.format));
}
