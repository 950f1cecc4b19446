import type { Json } from '../../util/json.js';
import { suggest } from '../../util/suggest.js';
import { applyEntries } from './matrix-entries.js';
import type { Cell, Grid } from './matrix-grid.js';
import type { RecipeSource } from './source-positions.js';
import type { ValidParts } from './valid-parts.js';

/** Each cell is a pipeline to check; beyond this number, it is more likely to be a mistake than intended. */
const MOST_CELLS = 10_000;

/** Keys of `matrix` that name no parameter. */
const RESERVED = ['include', 'exclude'] as const;

/**
 * All combinations of the values of `matrix`, the last parameter's varying fastest, without those that
 * `exclude` removes, and then those that `include` adds; one empty cell for a recipe without a matrix.
 * Problems are added to `source`, and then there is a single cell of the valid parameters.
 */
export function matrixCells({ matrix, params, stages }: ValidParts, source: RecipeSource): Grid {
  const none: Grid = { cells: [{}], values: {}, complete: true };
  if (Object.keys(matrix).length === 0) return none;
  const before = source.problems.length;
  const axes = Object.entries(matrix).filter(([name]) => !isReserved(name));
  const known = Object.keys(params);
  for (const [name] of axes.filter(([each]) => !Object.hasOwn(params, each))) {
    source.add(['matrix', name], 'key', {
      message: `the matrix varies '${name}', which is not in \`params\``,
      expected: known.length === 0 ? 'a parameter that `params` defines' : `one of ${known.join(', ')}`,
      suggestion: suggest(name, known),
    });
  }
  for (const id of Object.keys(stages).filter((each) => each.includes('[')))
    source.add(['stages', id], 'key', {
      message: `the id '${id}' has brackets, which are reserved for stages of a matrix`,
      expected: 'lower-case letters, digits, - and _',
    });
  const tooLarge = (count: number) =>
    source.add(['matrix'], 'key', {
      message: 'the matrix is too large',
      expected: `at most ${MOST_CELLS} combinations`,
      got: String(count),
    });
  const count = axes.reduce((product, [, values]) => product * values.length, 1);
  if (count > MOST_CELLS) tooLarge(count);
  if (source.problems.length > before) return none;
  const combinations = axes.reduce<Cell[]>(
    (cells, [name, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  );
  if (!RESERVED.some((name) => Object.hasOwn(matrix, name)))
    return { cells: combinations, values: Object.fromEntries(axes), complete: true };
  const { include, exclude } = matrix as { include?: Cell[]; exclude?: Cell[] };
  const grid = applyEntries(
    { axes: Object.fromEntries(axes), combinations, params, include, exclude },
    source,
  );
  if (source.problems.length === before && grid.cells.length > MOST_CELLS) tooLarge(grid.cells.length);
  return source.problems.length > before ? none : grid;
}

/** A parameter with the name of a reserved key is a mistake if the recipe's matrix uses that key. */
export function refuseReservedNames(recipe: Record<string, Json>, source: RecipeSource): void {
  const has = (key: 'matrix' | 'params', name: string) => {
    const value = recipe[key];
    return value !== null && typeof value === 'object' && Object.hasOwn(value, name);
  };
  for (const name of RESERVED.filter((each) => has('matrix', each) && has('params', each)))
    source.add(['params', name], 'key', {
      message: `a parameter cannot be called '${name}' alongside \`matrix.${name}\``,
      expected: 'another name',
    });
}

/** The recipe after a parameter was set from outside: the matrix no longer varies it. */
export function pinParameter(recipe: Json, name: string | number | undefined): Json {
  if (recipe === null || typeof recipe !== 'object' || Array.isArray(recipe)) return recipe;
  const { matrix, ...rest } = recipe;
  if (matrix === null || typeof matrix !== 'object' || Array.isArray(matrix)) return recipe;
  if (name === undefined || isReserved(name) || !Object.hasOwn(matrix, name)) return recipe;
  const { [name]: _pinned, ...others } = matrix as Record<string, Json>;
  return Object.keys(others).every(isReserved) ? rest : { ...rest, matrix: others };
}

function isReserved(name: string | number): boolean {
  return (RESERVED as readonly (string | number)[]).includes(name);
}
