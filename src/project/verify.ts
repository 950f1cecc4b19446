import { findStage } from '../pipeline/recipe/find-stage.js';
import { verifyPipeline } from '../pipeline/verify/verify-pipeline.js';
import type { Verification } from '../pipeline/verify/verify-stage.js';
import type { OpenedRecipe } from './project-types.js';
import { signalsOf } from './signals.js';

export interface VerifyOptions {
  /** Ids of stages; default: all. */
  stages?: readonly string[];
  /** Chunks to compute per stage whose result is made chunk by chunk; default: all. */
  sample?: number;
  /** Stops between two stages, and the stage that is being computed. */
  signal?: AbortSignal;
  /** Kills the stage that is being computed. */
  kill?: AbortSignal;
  /** Called with each stage's verdict as soon as it is known. */
  onEnd?(verification: Verification): void;
}

/** See `Recipe.verify`. */
export async function verifyRecipe(recipe: OpenedRecipe, options: VerifyOptions): Promise<Verification[]> {
  const { pipeline, project } = recipe;
  const stages = new Set((options.stages ?? []).map((id) => findStage(pipeline, id).id));
  const cache = await recipe.cache();
  const engine = await project.resolveEngine({ check: true });
  const { sample, onEnd } = options;
  const { pool } = project;
  return verifyPipeline({ pipeline, cache, engine, pool, stages, sample, onEnd, ...signalsOf(options) });
}
