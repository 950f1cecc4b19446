import { isAbsolute, relative, sep } from 'node:path';

/**
 * Whether a path, relative to a folder as `path.relative` gives it, points outside that folder. Links are not
 * followed.
 */
export function pointsOutside(path: string): boolean {
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
}

/** A path as it is shown: relative to the folder if it is inside it, otherwise unchanged. */
export function shownFrom(folder: string, path: string): string {
  const near = relative(folder, path);
  return near === '' || pointsOutside(near) ? path : near;
}
