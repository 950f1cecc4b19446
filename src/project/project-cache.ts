import { statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../pipeline/cache/cache-dir.js';
import { projectOf } from '../pipeline/recipe/place.js';
import { EtudeError } from '../util/errors.js';

/** The cache folder of a recipe's project, or of the one that the current folder lies in. */
export function projectCacheDir(options: { cacheDir?: string }, recipe?: string): string {
  return projectCache(options, recipe).dir;
}

/** The same, and why it is there. Throws an EtudeError for a recipe that there is not. */
export function projectCache(options: { cacheDir?: string }, recipe?: string): { dir: string; why: string } {
  const { projectDir, why } = projectOf(recipe === undefined ? 'recipe.yaml' : present(recipe));
  const dir = cacheDirOf(options, projectDir);
  if (options.cacheDir) return { dir, why: 'as --cache-dir says' };
  return { dir, why: process.env.ETUDE_CACHE_DIR ? 'as ETUDE_CACHE_DIR says' : why };
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
