import type { Feature, ListFeature } from '../../stage/artifact.js';

/** Rows of a matrix, and numbers in each; rows are undefined where they differ from value to value. */
export type MatrixShape = readonly [rows: number | undefined, columns: number];

/** The type of a column of matrices: lists of lists of float32 that are all equally long. */
export function matrixFeature([rows, columns]: MatrixShape): ListFeature {
  const row: ListFeature = {
    _type: 'List',
    feature: { _type: 'Value', dtype: 'float32' },
    length: columns,
  };
  return { _type: 'List', feature: row, ...(rows === undefined ? {} : { length: rows }) };
}

/** A matrix as a column takes it: its rows, which are views of the numbers. */
export function toRows(numbers: Float32Array, columns: number): Float32Array[] {
  return Array.from({ length: numbers.length / columns }, (_, row) =>
    numbers.subarray(row * columns, (row + 1) * columns),
  );
}

/** The shape of a column's matrices; undefined where it holds anything else. */
export function matrixShape(feature: Feature | undefined): MatrixShape | undefined {
  if (feature?._type !== 'List' || feature.feature._type !== 'List') return undefined;
  const { length: rows, feature: row } = feature;
  const isRow = row.feature._type === 'Value' && /^float/.test(row.feature.dtype);
  return isRow && row.length !== undefined ? [rows, row.length] : undefined;
}

/** The numbers of a matrix as a column gives it, row after row; undefined if it is none. */
export function fromRows(rows: readonly unknown[], columns: number): Float32Array | undefined {
  const numbers = new Float32Array(rows.length * columns);
  for (const [index, row] of rows.entries()) {
    if (!(Array.isArray(row) || ArrayBuffer.isView(row))) return undefined;
    const list = row as unknown as ArrayLike<number>;
    if (list.length !== columns) return undefined;
    numbers.set(list, index * columns);
  }
  return numbers;
}
