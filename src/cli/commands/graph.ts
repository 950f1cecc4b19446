import { resolveEngine } from '../../engine/resolve-engine.js';
import { drawPipeline, type GraphFormat } from '../../pipeline/plan/graph/draw.js';
import { planPipeline } from '../../pipeline/plan/plan.js';
import { openCacheFor, openRecipe, type RecipeOptions } from '../../project/open-recipe.js';

/** `etude graph RECIPE`: the stages and what flows between them, each with what a run would do. */
export async function graph(
  recipe: string,
  options: RecipeOptions & { format: 'terminal' | Exclude<GraphFormat, 'text'> },
): Promise<void> {
  const pipeline = await openRecipe(recipe, options);
  const cache = await openCacheFor(pipeline, options);
  const { id: engineId } = await resolveEngine(options);
  const plan = await planPipeline({ pipeline, cache, engineId });
  const format = options.format === 'terminal' ? 'text' : options.format;
  process.stdout.write(drawPipeline(pipeline, format, plan));
}
