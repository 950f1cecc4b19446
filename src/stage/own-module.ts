import { existsSync, realpathSync, statSync } from 'node:fs';
import { extname, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { kindOf } from '../files/regular-file.js';
import { pointsOutside } from '../util/points-outside.js';
import { loadingError } from './loading-error.js';
import type { Place } from './place.js';

/** File extensions of users' modules. */
export const MODULE_EXTENSIONS: readonly string[] = ['.js', '.mjs', '.ts', '.mts'];

/** A module of the user's that was loaded, or why it was not. */
export type OwnModule =
  | { module: string; exported: unknown }
  | { problem: { message: string; expected?: string; got?: string } };

/** Whether a name in a recipe is that of a module of the user's. */
export function namesModule(name: string): boolean {
  return /^\.{1,2}\//.test(name);
}

/**
 * Loads a module inside the project folder (`./stages/mine.js` or `.ts`), and gives its default export.
 * Problems are returned as values.
 *
 * @param what What messages call it: `stage module`.
 */
export async function loadOwnModule(name: string, place: Place, what: string): Promise<OwnModule> {
  const refuse = (message: string, expected?: string, got?: string) => ({
    problem: { message, expected, got },
  });
  const path = place.resolve(name);
  if (!MODULE_EXTENSIONS.includes(extname(path)))
    return refuse(`not a ${what}: '${name}'`, `a file ending in ${MODULE_EXTENSIONS.join(', ')}`);
  if (path.endsWith('ts') && !stripsTypes())
    return refuse(
      `this Node.js cannot run TypeScript, which '${name}' is written in`,
      `Node.js 22.18 or later, or a ${what} in JavaScript (JSDoc comments can give it types)`,
      `Node.js ${process.versions.node}`,
    );
  if (!existsSync(path))
    return refuse(`no such ${what}: '${name}'`, 'a file next to the recipe or in the project folder');
  const stats = statSync(path);
  if (!stats.isFile()) return refuse(`not a ${what}: '${name}'`, 'a file', kindOf(stats));
  const module = realpathSync(path);
  if (pointsOutside(relative(realpathSync(place.projectDir), module)))
    return refuse(`the ${what} '${name}' is outside the project`, 'a file inside the project folder');
  try {
    const { default: exported } = (await import(pathToFileURL(module).href)) as { default?: unknown };
    return { module, exported };
  } catch (error) {
    return refuse(`the ${what} '${name}' cannot be loaded: ${await loadingError(error, module)}`);
  }
}

/** Whether modules in TypeScript can be imported: by Node.js itself, or in development. */
function stripsTypes(): boolean {
  const { typescript } = process.features as { typescript?: 'strip' | 'transform' | false };
  return Boolean(typescript) || extname(fileURLToPath(import.meta.url)) === '.ts';
}
