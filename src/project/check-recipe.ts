import { placeOf } from '../pipeline/recipe/recipe-paths.js';
import { EtudeError } from '../util/errors.js';
import { type ProfileOptions, type ProfileUse, profileOf, profileUse } from './profile.js';
import type { Project } from './project.js';
import type { OpenOptions, Recipe } from './recipe.js';
import { RecipeError } from './recipe-error.js';

/** A recipe, checked, and how a profile computes it. */
export interface CheckedRecipe {
  /** Its mistakes, and those of the profile; `undefined`: there are none. */
  error?: RecipeError;
  recipe?: Recipe;
  warnings: readonly string[];
  profile?: ProfileUse;
}

/** All mistakes of a recipe, and of the profile that is asked for. */
export async function checkRecipe(
  project: Project,
  file: string,
  options: OpenOptions & Pick<ProfileOptions, 'profile' | 'profiles'> = {},
): Promise<CheckedRecipe> {
  const opened = await project.open(file, options).catch(asRecipeError);
  const warnings = [...opened.warnings];
  const problems = opened instanceof RecipeError ? [...opened.problems] : [];
  let profile: ProfileUse | undefined;
  if (options.profile !== undefined) {
    const used =
      opened instanceof RecipeError
        ? profileOf(
            { project, pipeline: { place: placeOf(project.pathOf(file)), stages: opened.stages } },
            options,
          )
        : profileUse(opened, options);
    const found = await used.catch((error: unknown) => {
      const isMissing = error instanceof EtudeError && !(error instanceof RecipeError);
      if (!isMissing || problems.length === 0) return asRecipeError(error);
      // The recipe's mistakes are not to wait until there is a file of profiles.
      warnings.push(`the profile is not checked: ${error.message}`);
      return undefined;
    });
    if (found instanceof RecipeError) problems.push(...found.problems);
    else if (found !== undefined && 'jobs' in found) {
      profile = found;
      warnings.push(...found.warnings);
    }
  }
  const recipe = opened instanceof RecipeError ? undefined : opened;
  if (problems.length > 0) return { recipe, warnings, error: new RecipeError(problems, warnings) };
  return { recipe, warnings, profile };
}

function asRecipeError(error: unknown): RecipeError {
  if (error instanceof RecipeError) return error;
  throw error;
}
