import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { EtudeError } from '../../../util/errors.js';
import { pointsOutside } from '../../../util/points-outside.js';

const NAME = 'etude.profiles.yaml';

/**
 * The nearest file of profiles at or above a recipe, up to the folder of its project.
 *
 * @throws EtudeError if there is none
 */
export function findProfiles({ recipeDir, projectDir }: { recipeDir: string; projectDir: string }): string {
  const top = pointsOutside(relative(projectDir, recipeDir)) ? recipeDir : projectDir;
  for (let folder = recipeDir; ; folder = dirname(folder)) {
    const file = join(folder, NAME);
    if (existsSync(file)) return file;
    if (folder === top || dirname(folder) === folder) break;
  }
  throw new EtudeError(`there is no ${NAME}`, {
    expected: `one next to the recipe, or above it up to ${projectDir}`,
    hint: 'Name another file with --profiles.',
  });
}
