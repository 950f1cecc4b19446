/**
 * A curve of bounded length: each cell is the mean of `stride` values, so that all of it stays visible
 * however long it gets.
 */
export interface History {
  readonly cells: readonly number[];
  readonly stride: number;
  /** Values that do not fill a cell yet. */
  readonly pending: readonly number[];
}

export const emptyHistory: History = { cells: [], stride: 1, pending: [] };

/**
 * Adds a value; when `limit` cells are full, neighbours are merged, and from then on cells contain twice as
 * many values.
 */
export function remember(history: History, value: number, limit = 256): History {
  const pending = [...history.pending, value];
  if (pending.length < history.stride) return { ...history, pending };
  const cells = [...history.cells, mean(pending)];
  if (cells.length < limit) return { ...history, cells, pending: [] };
  const joined = cells.flatMap((cell, i) => (i % 2 === 1 ? [mean([cells[i - 1] ?? cell, cell])] : []));
  return { cells: joined, stride: history.stride * 2, pending: [] };
}

/** The curve so far, including the cell that is being filled. */
export function valuesOf({ cells, pending }: History): readonly number[] {
  return pending.length === 0 ? cells : [...cells, mean(pending)];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
