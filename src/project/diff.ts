import type { DiskCache } from '../pipeline/cache/open-cache.js';
import { compareSides } from '../pipeline/diff/compare-sides.js';
import type { Difference } from '../pipeline/diff/difference.js';
import { lockSide } from '../pipeline/diff/lock-side.js';
import { recipeSide } from '../pipeline/diff/recipe-side.js';
import { runSide } from '../pipeline/diff/run-side.js';
import type { Side } from '../pipeline/diff/side.js';
import { openLock } from '../pipeline/lock/lock-file-io.js';
import { listRuns } from '../pipeline/run/run-records.js';
import { diffPredictions } from './diff-predictions.js';
import { findRun, namesRecipe } from './find-run.js';
import type { OpenedProject, OpenedRecipe } from './project-types.js';

/** What was compared: a recipe, a run or a lock, as the user named it. */
export interface Compared {
  kind: 'recipe' | 'run' | 'lock';
  name: string;
}

/** How two recipes, runs or locks differ. */
export interface Diff {
  a: Compared;
  b: Compared;
  equal: boolean;
  differences: Difference[];
}

interface Opened {
  side: Side;
  cache: DiskCache;
}

/** See `Project.diff`. */
export async function diffOf(
  project: OpenedProject,
  [a, b]: readonly [string, string],
  open: (recipe: string) => Promise<OpenedRecipe>,
): Promise<Diff> {
  const [before, after] = [await openSide(a, project, open), await openSide(b, project, open)];
  const differences = await compareSides(before.side, after.side, after.cache.code);
  differences.push(...(await diffPredictions(before, after)));
  for (const { cache } of [before, after]) await cache.flush();
  const compared = ({ side: { kind, shown } }: Opened): Compared => ({ kind, name: shown });
  return { a: compared(before), b: compared(after), equal: differences.length === 0, differences };
}

async function openSide(
  name: string,
  project: OpenedProject,
  open: (recipe: string) => Promise<OpenedRecipe>,
): Promise<Opened> {
  const file = project.pathOf(name);
  if (/\.lock$/i.test(name)) {
    return { side: lockSide(name, await openLock(file, name)), cache: await project.openCache() };
  }
  if (namesRecipe(name, file)) {
    const setting = await (await open(name)).setting();
    return { side: await recipeSide(name, setting), cache: setting.cache };
  }
  const cache = await project.openCache();
  return { side: await runSide(findRun(name, await listRuns(cache.dir)), cache), cache };
}
