import type { Json } from '../../util/json.js';
import type { Cell, Grid } from './matrix-grid.js';

/** Of one value in an id. */
const LONGEST_VALUE = 24;
/** Ids name folders, too. */
const LONGEST_SUFFIX = 120;

/**
 * What distinguishes a stage of one cell: the values of the matrix that it depends on, and the end of its id.
 */
export interface VariantName {
  cell?: Cell;
  suffix: string;
}

/**
 * Names the variants of stages over the cells of a matrix. The returned function takes one stage's contents,
 * cell by cell, and the matrix's parameters that it or a stage before it reads. The stage depends on the
 * parameters that change its content. If cells are left out, comparing cannot show that, and the parameters
 * that are read count instead. So the ids of a cell's stages do not depend on which other cells there are.
 */
export function variantNames({
  cells,
  values,
  complete,
}: Grid): (contents: readonly string[], read: ReadonlySet<string>) => (cell: number) => VariantName {
  const axes = Object.keys(values);
  const labels = new Map(axes.map((axis) => [axis, labelsOf(values[axis]!)]));
  return (contents, read) => {
    const relevant = axes.filter((axis) =>
      complete ? matters(axis, axes, cells, contents) : read.has(axis) && values[axis]!.length > 1,
    );
    return (at) => {
      if (relevant.length === 0) return { suffix: '' };
      const cell = Object.fromEntries(relevant.map((axis) => [axis, cells[at]![axis]!]));
      const label = (axis: string) => labels.get(axis)!.get(JSON.stringify(cell[axis]))!;
      const long = relevant.map((axis) => `${axis}=${label(axis).text}`).join(',');
      const short = relevant.map((axis) => label(axis).number).join('.');
      return { cell, suffix: `[${long.length > LONGEST_SUFFIX ? short : long}]` };
    };
  };
}

/** Whether cells that differ only in this parameter differ in content. */
function matters(
  axis: string,
  axes: readonly string[],
  cells: readonly Cell[],
  contents: readonly string[],
): boolean {
  const others = axes.filter((each) => each !== axis);
  const seen = new Map<string, string>();
  return cells.some((cell, at) => {
    const rest = JSON.stringify(others.map((each) => cell[each]));
    const before = seen.get(rest);
    seen.set(rest, contents[at]!);
    return before !== undefined && before !== contents[at];
  });
}

/**
 * A short word for each value of a parameter, made of letters that a file name may contain; no two are equal.
 */
function labelsOf(values: readonly Json[]): Map<string, { text: string; number: number }> {
  const labels = new Map<string, { text: string; number: number }>();
  const taken = new Set<string>();
  for (const value of values) {
    const key = JSON.stringify(value);
    if (labels.has(key)) continue;
    const number = labels.size + 1;
    let text = wordOf(value) || String(number);
    if (taken.has(text.toLowerCase())) text = `${text}.${number}`;
    taken.add(text.toLowerCase());
    labels.set(key, { text, number });
  }
  return labels;
}

function wordOf(value: Json): string {
  if (typeof value === 'number') return numberWord(value);
  const text =
    typeof value === 'string' ? value : value !== null && typeof value === 'object' ? '' : String(value);
  const word = text.replaceAll(/[^A-Za-z0-9_.+-]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return word.length > LONGEST_VALUE ? word.slice(0, LONGEST_VALUE) : word;
}

/** Small numbers with an exponent, as learning rates are written. */
function numberWord(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && size < 1e-3 ? value.toExponential() : String(value);
}
