import { suggest } from '../suggest.js';
import type { Json } from './parse-yaml.js';
import type { RightParts } from './shape.js';
import type { RecipeSource } from './source.js';

/** Each cell is a pipeline of its own to check; beyond this, it is a mistake more often than a wish. */
const MOST_CELLS = 256;

/** Values of the matrix's parameters, one each. */
export type Cell = Record<string, Json>;

/**
 * All combinations of the values of `matrix`, the last parameter's varying fastest; one empty cell for a recipe without one. What is
 * wrong is added to `source`, and then there is one cell of the parameters that are right.
 */
export function matrixCells({ matrix, params, stages }: RightParts, source: RecipeSource): Cell[] {
  const axes = Object.entries(matrix);
  if (axes.length === 0) return [{}];
  const known = Object.keys(params);
  const unknown = axes.filter(([name]) => !Object.hasOwn(params, name));
  for (const [name] of unknown) {
    source.add(['matrix', name], 'key', {
      message: `the matrix varies '${name}', which is not in \`params\``,
      expected: known.length === 0 ? 'a parameter that `params` defines' : `one of ${known.join(', ')}`,
      suggestion: suggest(name, known),
    });
  }
  const bracketed = Object.keys(stages).filter((id) => id.includes('['));
  for (const id of bracketed)
    source.add(['stages', id], 'key', {
      message: `the id '${id}' has brackets, which the matrix gives to its stages`,
      expected: 'lower-case letters, digits, - and _',
    });
  const count = axes.reduce((product, [, values]) => product * values.length, 1);
  if (count > MOST_CELLS)
    source.add(['matrix'], 'key', {
      message: 'the matrix is too large',
      expected: `at most ${MOST_CELLS} combinations`,
      got: String(count),
    });
  if (unknown.length > 0 || bracketed.length > 0 || count > MOST_CELLS) return [{}];
  return axes.reduce<Cell[]>(
    (cells, [name, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  );
}

/** The recipe after a parameter was set from outside: the matrix no longer varies it. */
export function pinParameter(recipe: Json, name: string | number | undefined): Json {
  if (recipe === null || typeof recipe !== 'object' || Array.isArray(recipe)) return recipe;
  const { matrix, ...rest } = recipe;
  if (matrix === null || typeof matrix !== 'object' || Array.isArray(matrix)) return recipe;
  if (name === undefined || !Object.hasOwn(matrix, name)) return recipe;
  const { [name]: _pinned, ...others } = matrix as Record<string, Json>;
  return Object.keys(others).length === 0 ? rest : { ...rest, matrix: others };
}
