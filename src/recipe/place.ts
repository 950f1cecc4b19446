import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Place } from '../stage-type.js';

const MARKS = ['.etude', '.git', 'package.json'];

/** Where the relative paths of a recipe start: beside the recipe file, then in its project folder. */
export function placeOf(recipeFile: string): Place {
  const recipeDir = dirname(resolve(recipeFile));
  const projectDir = findProject(recipeDir) ?? recipeDir;
  return {
    recipeDir,
    projectDir,
    resolve(path) {
      if (isAbsolute(path)) return path;
      const beside = resolve(recipeDir, path);
      return existsSync(beside) ? beside : resolve(projectDir, path);
    },
    async repository(type, id, revision) {
      const { openRepository } = await import('../hub/open-repository.js');
      return openRepository({ type, id }, revision);
    },
  };
}

function findProject(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (MARKS.some((mark) => existsSync(join(folder, mark)))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
