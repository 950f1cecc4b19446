import { existsSync } from 'node:fs';
import { readShort } from '../../files/regular-file.js';
import type { DiskCache } from '../../pipeline/cache/open-cache.js';
import { compareSides } from '../../pipeline/diff/compare.js';
import type { Difference } from '../../pipeline/diff/difference.js';
import type { Side } from '../../pipeline/diff/side.js';
import { listRuns, type RunRecord } from '../../pipeline/run/records.js';
import { clean, fitLine, fold, type Line, type Style, span, widthOf } from '../../terminal/line.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { reportError } from '../errors.js';
import { openRecipe, projectOf, type RecipeOptions } from '../open.js';
import { outputWidth, printJson, printLines, proseWidth } from '../print.js';

/** As `diff` has them. */
const CODE = { same: 0, different: 1, trouble: 2 } as const;

/**
 * `etude diff A B`: what differs between two recipes, runs or locks: stages, parameters, data, code, metrics.
 * Exit code 0 where nothing does, 1 where something does, 2 where they cannot be compared.
 */
export async function diff(a: string, b: string, options: RecipeOptions & { json?: boolean }): Promise<void> {
  try {
    const [before, after] = [await open(a, options), await open(b, options)];
    const differences = await compareSides(before.side, after.side, after.cache.code);
    for (const { cache } of [before, after]) await cache.flush();
    process.exitCode = differences.length === 0 ? CODE.same : CODE.different;
    const sides = { a: described(before.side), b: described(after.side) };
    if (options.json) printJson({ ...sides, equal: differences.length === 0, differences });
    else printLines(diffLines(before.side, after.side, differences, outputWidth()));
  } catch (error) {
    reportError(error, process.stderr);
    process.exitCode = CODE.trouble;
  }
}

function described({ kind, shown }: Side): { kind: Side['kind']; name: string } {
  return { kind, name: shown };
}

interface Opened {
  side: Side;
  cache: DiskCache;
}

async function open(name: string, options: RecipeOptions): Promise<Opened> {
  if (/\.lock$/i.test(name)) {
    const { parseLock } = await import('../../pipeline/lock/lock-file.js');
    const { lockSide } = await import('../../pipeline/diff/lock-side.js');
    const text = (await readShort(name).catch(() => undefined))?.toString('utf8');
    if (text === undefined) throw new EtudeError('no such lock file', { where: { file: name } });
    return { side: lockSide(name, await parseLock(text, name)), cache: await projectOf(options).openCache() };
  }
  if (/\.ya?ml$/i.test(name) || name.includes('/') || existsSync(name)) return openRecipeSide(name, options);
  const cache = await projectOf(options).openCache();
  const { runSide } = await import('../../pipeline/diff/run-side.js');
  return { side: await runSide(findRun(name, await listRuns(cache.dir)), cache), cache };
}

async function openRecipeSide(recipe: string, options: RecipeOptions): Promise<Opened> {
  const { recipeSide } = await import('../../pipeline/diff/recipe-side.js');
  const setting = await (await openRecipe(recipe, options)).setting();
  return { side: await recipeSide(recipe, setting), cache: setting.cache };
}

/** The run of an id, or of the beginning of one. */
function findRun(name: string, records: readonly RunRecord[]): RunRecord {
  const found = records.filter(({ run }) => run.startsWith(name));
  const exact = found.find(({ run }) => run === name) ?? (found.length === 1 ? found[0] : undefined);
  if (exact !== undefined) return exact;
  throw new EtudeError(
    found.length === 0 ? `no run '${name}'` : `'${name}' is the beginning of ${count(found.length, 'run')}`,
    {
      expected: 'a recipe, a lock, or the id of a run',
      hint: 'List runs with: etude runs',
    },
  );
}

const styles: Partial<Record<Difference['kind'], Style>> = {
  metric: 'green',
  result: 'yellow',
  stage: 'cyan',
};

function diffLines(a: Side, b: Side, differences: readonly Difference[], width: number): Line[] {
  const head: Line = [span(clean(a.shown), 'bold'), span(' → '), span(clean(b.shown), 'bold')];
  if (differences.length === 0) return [head, [span('no differences')]];
  const nameOf = ({ stage = '' }: Difference) => clean(stage);
  const names = Math.max(...differences.map((each) => widthOf(nameOf(each))));
  const lines: Line[] = [];
  let last: string | undefined;
  for (const difference of differences) {
    const name = nameOf(difference);
    const parts = fold(clean(difference.text), Math.max(20, proseWidth(width) - names - 2));
    for (const [index, part] of parts.entries()) {
      const label = index === 0 && name !== last ? name : '';
      lines.push([span(label.padEnd(names), 'bold'), span('  '), span(part, styles[difference.kind])]);
    }
    last = name;
  }
  return [head, ...lines].map((line) => fitLine(line, width));
}
