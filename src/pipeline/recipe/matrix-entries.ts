import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../util/json.js';
import { suggest } from '../../util/suggest.js';
import type { Cell, Grid } from './matrix-grid.js';
import type { Path, RecipeSource } from './source-positions.js';

/** A matrix with combinations to exclude or to add. */
interface Written {
  /** Parameter -> values. */
  axes: Record<string, Json[]>;
  /** All combinations of the axes. */
  combinations: Cell[];
  params: Record<string, Json>;
  include?: Cell[];
  exclude?: Cell[];
}

/** An entry of `include` or `exclude`, and where it was written. */
interface Entry {
  path: Path;
  values: Cell;
}

/**
 * Removes what an entry of `exclude` matches (it names some of the parameters), then adds the entries of
 * `include` (each names all of them). A matrix without values of its own consists of what `include` names. A
 * parameter that was set from outside is no longer varied: entries are read as if they did not name it, and
 * one that excludes another value of it has no effect.
 */
export function applyEntries(written: Written, source: RecipeSource): Grid {
  const { axes, combinations, params } = written;
  const isPinned = (name: string, path: Path) =>
    !Object.hasOwn(axes, name) &&
    Object.hasOwn(params, name) &&
    source.isAbove(['params', name], [...path, name]);
  const without = ({ path, values }: Entry): Entry => ({
    path,
    values: Object.fromEntries(Object.entries(values).filter(([name]) => !isPinned(name, path))),
  });
  const include = entriesOf('include', written.include).map(without);
  const exclude = entriesOf('exclude', written.exclude)
    .filter(({ path, values }) =>
      Object.entries(values).every(([name, value]) => !isPinned(name, path) || same(value, params[name]!)),
    )
    .map(without)
    .filter(({ values }) => Object.keys(values).length > 0);

  const ownNames = Object.keys(axes);
  const names =
    ownNames.length > 0 ? ownNames : [...new Set(include.flatMap(({ values }) => Object.keys(values)))];
  checkNames([...include, ...exclude], ownNames.length > 0 ? names : Object.keys(params), source);
  for (const { path, values } of include) {
    const missing = names.filter((name) => !Object.hasOwn(values, name));
    if (missing.length > 0)
      source.add(path, 'value', {
        message: `an included combination must give every parameter of the matrix; missing: ${missing.map((name) => `'${name}'`).join(', ')}`,
        expected: names.join(', '),
      });
  }
  checkExcluded(exclude, axes, combinations, source);

  const cells = (ownNames.length > 0 ? combinations : []).filter(
    (cell) => !exclude.some(({ values }) => fits(values, cell)),
  );
  const values: Record<string, Json[]> = Object.fromEntries(
    names.map((name) => [name, [...(axes[name] ?? [])]]),
  );
  for (const entry of include) {
    const cell = Object.fromEntries(
      names.map((name) => [name, oneOf(values[name]!, entry.values[name] ?? null)]),
    );
    if (!cells.some((each) => same(each, cell))) cells.push(cell);
  }
  if (cells.length === 0) {
    const [key, message] =
      ownNames.length > 0
        ? ['exclude', 'every combination of the matrix is excluded']
        : [written.include === undefined ? 'exclude' : 'include', 'the matrix varies nothing'];
    source.add(['matrix', key], 'key', { message, expected: 'at least one combination' });
  }
  return { cells, values, complete: false };
}

function entriesOf(key: 'include' | 'exclude', entries: Cell[] = []): Entry[] {
  return entries.map((values, index) => ({ path: ['matrix', key, index], values }));
}

function checkNames(entries: Entry[], names: string[], source: RecipeSource): void {
  for (const { path, values } of entries) {
    for (const name of Object.keys(values).filter((each) => !names.includes(each)))
      source.add([...path, name], 'key', {
        message: `the matrix does not vary '${name}'`,
        expected: names.length === 0 ? 'a parameter that `params` defines' : `one of ${names.join(', ')}`,
        suggestion: suggest(name, names),
      });
  }
}

/**
 * An entry that excludes nothing is a mistake, unless the values that it refers to were replaced from outside
 * or by an extending recipe.
 */
function checkExcluded(
  exclude: Entry[],
  axes: Record<string, Json[]>,
  combinations: Cell[],
  source: RecipeSource,
): void {
  for (const { path, values } of exclude) {
    const names = Object.keys(values);
    if (names.some((name) => !Object.hasOwn(axes, name))) continue;
    if (combinations.some((cell) => fits(values, cell))) continue;
    if (names.some((name) => source.isAbove(['matrix', name], path))) continue;
    const [name, wrong] = Object.entries(values).find(
      ([each, value]) => !axes[each]!.some((other) => same(other, value)),
    )!;
    source.add([...path, name], 'value', {
      message: `this excludes nothing: '${name}' never has this value`,
      expected: `one of ${axes[name]!.map((value) => JSON.stringify(value)).join(', ')}`,
      got: JSON.stringify(wrong),
    });
  }
}

function fits(values: Cell, cell: Cell): boolean {
  return Object.entries(values).every(([name, value]) => same(value, cell[name] as Json));
}

function same(one: Json, other: Json): boolean {
  return isDeepStrictEqual(one, other);
}

/** The known equal value (keys of a map can be in another order); a new one becomes known. */
function oneOf(known: Json[], value: Json): Json {
  const before = known.find((each) => same(each, value));
  if (before === undefined) known.push(value);
  return before ?? value;
}
