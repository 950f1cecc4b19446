import type { ListFeature } from '../../stage/artifact.js';

/** Rows of a matrix, and numbers in each; rows are undefined where they differ from value to value. */
type MatrixShape = readonly [rows: number | undefined, columns: number];

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
