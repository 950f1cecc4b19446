import type { ProjectOptions, Recipe } from '../index.js';
import { checkRecipe } from '../project/check-recipe.js';
import type { ProfileOptions } from '../project/profile.js';
import { openProject, type Project } from '../project/project.js';
import { RecipeError } from '../project/recipe-error.js';
import { divertOutput } from './divert-output.js';
import { SilentFailure } from './errors.js';
import { printProblems } from './print-problems.js';
import { warnOnStderr } from './warn.js';

/** What commands that work on a project have in common. */
export type ProjectCommandOptions = Pick<ProjectOptions, 'cacheDir' | 'engine' | 'device' | 'requireSigned'>;

/** And those that work on a recipe. */
export interface RecipeOptions extends ProjectCommandOptions {
  params?: readonly string[];
  set?: readonly string[];
}

/** The project of the working directory. Its warnings are printed, unless the caller handles them. */
export function projectOf(
  options: ProjectCommandOptions,
  warn: (text: string) => void = warnOnStderr,
): Project {
  const { cacheDir, engine, device, requireSigned } = options;
  return openProject({ cacheDir, engine, device, requireSigned, warn });
}

/**
 * Opens a recipe; if it has problems, prints all of them and fails. Its warnings are then printed, too, and
 * always with `warnings`; a run shows each along with its stage.
 */
export async function openRecipe(
  file: string,
  options: RecipeOptions & Pick<ProfileOptions, 'profile' | 'profiles'>,
  { project = projectOf(options), warnings = false }: { project?: Project; warnings?: boolean } = {},
): Promise<Recipe> {
  const { recipe, error } = await divertOutput(() => checkRecipe(project, file, { ...options, once: true }));
  if (recipe === undefined || error !== undefined) return refused(error);
  if (warnings) recipe.warnings.forEach(warnOnStderr);
  return recipe;
}

/** Prints all problems of a recipe, if that is what the error is about. Never returns. */
export async function refused(error: unknown): Promise<never> {
  if (!(error instanceof RecipeError)) throw error;
  error.warnings.forEach(warnOnStderr);
  await printProblems(error);
  throw new SilentFailure('the recipe has problems');
}
