import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { HubSession } from '../../hub/session.js';
import type { Place } from '../../stage/stage-type.js';
import { pointsOutside } from '../../util/points-outside.js';

const MARKS = ['.etude', '.git', 'package.json'];

/**
 * Where the relative paths of a recipe start: next to the recipe file, then in its project folder.
 *
 * @param hub Opens repositories; by default with a new session.
 * @param onPath Called with each path that may be meant, whether or not it exists.
 */
export function placeOf(
  recipeFile: string,
  hub: Pick<HubSession, 'repository'> = new HubSession(),
  onPath?: (path: string) => void,
): Place {
  const recipeDir = dirname(resolve(recipeFile));
  const { projectDir } = projectFolderOf(recipeFile);
  return {
    recipeDir,
    projectDir,
    resolve(path) {
      const beside = resolve(recipeDir, path);
      onPath?.(beside);
      if (isAbsolute(path)) return path;
      if (existsSync(beside)) return beside;
      const inProject = resolve(projectDir, path);
      onPath?.(inProject);
      return inProject;
    },
    repository: hub.repository,
  };
}

/**
 * The project that a recipe belongs to: the nearest folder at or above it that contains `.etude`, `.git` or
 * `package.json`; if there is none, the current folder if the recipe is in it (never the home folder or a
 * root), otherwise the recipe's own folder. Commands without a recipe pass one in the current folder.
 *
 * @param cwd The current folder; by default the process's.
 */
export function projectFolderOf(
  recipeFile: string,
  cwd = process.cwd(),
): { projectDir: string; why: string } {
  const recipeDir = dirname(resolve(cwd, recipeFile));
  for (let folder = recipeDir; ; folder = dirname(folder)) {
    const mark = MARKS.find((each) => existsSync(join(folder, each)));
    if (mark !== undefined)
      return { projectDir: folder, why: `the nearest folder with ${MARKS.join(', ')}: it has ${mark}` };
    if (dirname(folder) === folder) break;
  }
  const unmarked = `no folder here or above has ${MARKS.join(', ')}`;
  // If created in one of these, `.etude` would make it the project of everything below.
  const tooWide = cwd === homedir() || dirname(cwd) === cwd;
  return tooWide || pointsOutside(relative(cwd, recipeDir))
    ? { projectDir: recipeDir, why: `${unmarked}: the recipe's own folder` }
    : { projectDir: cwd, why: `${unmarked}: the current folder` };
}
