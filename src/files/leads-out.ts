import { isAbsolute, sep } from 'node:path';

/**
 * Whether a path, relative to a folder as returned by `path.relative`, leads out of that folder. Links are
 * not followed.
 */
export function leadsOut(path: string): boolean {
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
}
