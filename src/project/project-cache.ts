import { statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../pipeline/cache/cache-dir.js';
import { projectFolderOf } from '../pipeline/recipe/recipe-paths.js';
import { EtudeError } from '../util/errors.js';

/**
 * The cache folder of a recipe's project, or of a folder's, and why it is that one.
 *
 * @param at A recipe, or the folder.
 * @throws EtudeError for a recipe that does not exist.
 */
export function projectCache(
  options: { cacheDir?: string },
  at: { recipe: string } | { folder: string },
): { dir: string; why: string } {
  const { projectDir, why } = projectFolderOf(
    'recipe' in at ? present(at.recipe) : join(at.folder, 'recipe.yaml'),
  );
  const dir = cacheDirOf(options, projectDir);
  if (options.cacheDir) return { dir, why: 'from --cache-dir' };
  return { dir, why: process.env.ETUDE_CACHE_DIR ? 'from ETUDE_CACHE_DIR' : why };
}

function present(recipe: string): string {
  const found = statSync(recipe, { throwIfNoEntry: false });
  if (found === undefined) throw new EtudeError('no such recipe', { where: { file: recipe } });
  return found.isDirectory() ? join(recipe, 'recipe.yaml') : recipe;
}

/** The cache folder of a project. Absolute. */
export function cacheDirOf(options: { cacheDir?: string }, projectDir: string): string {
  return cacheDir({ projectDir, flag: options.cacheDir });
}
