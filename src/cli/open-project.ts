import { join } from 'node:path';
import { cacheDir } from '../cache/cache-dir.js';
import { placeOf } from '../recipe/place.js';

/** The cache folder of the project that the working directory lies in, for commands without a recipe. */
export function projectCacheDir(options: { cacheDir?: string }): string {
  const { projectDir } = placeOf(join(process.cwd(), 'recipe.yaml'));
  return cacheDir({ projectDir, flag: options.cacheDir });
}
