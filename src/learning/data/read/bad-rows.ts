import { EtudeError, formatWhere } from '../../../util/errors.js';
import { listUnusable, SKIP_ONE } from '../tell-unusable.js';
import { LeadsOutError } from './audio-file.js';
import type { DataFile, Table } from './table.js';

/** Rows `[start, end)` of a table. */
export interface Part {
  table: Table;
  start: number;
  end: number;
}

/** A row that cannot be used, by its number within its split. */
export interface BadRow {
  split: string;
  row: number;
  error: EtudeError;
}

/** What is wrong with rows of data files. */
export class BadRowsError extends EtudeError {}

/** Rows that are known to be bad before they are read, in order. */
export function knownBad(parts: Readonly<Record<string, readonly Part[]>>): BadRow[] {
  return Object.entries(parts).flatMap(([split, list]) => {
    let first = 0;
    return list.flatMap(({ table, start, end }) => {
      const offset = first - start;
      first += end - start;
      return [...(table.problems ?? [])]
        .filter(([row]) => row >= start && row < end)
        .sort(([a], [b]) => a - b)
        .map(([row, error]) => ({ split, row: offset + row, error }));
    });
  });
}

/**
 * One error for all of them. A path that leads out stays an error of that kind: it is no mere mistake in the
 * data.
 */
export function badRowsError(bad: readonly BadRow[], total: number, unit: string): EtudeError {
  const errors = bad.map(({ error }) => error);
  const Kind = errors.some((error) => error instanceof LeadsOutError) ? LeadsOutError : BadRowsError;
  const [first] = errors;
  if (first !== undefined && errors.length === 1) {
    const { message, expected, got, where, hint = SKIP_ONE } = first;
    return new Kind(message, { expected, got, where, hint });
  }
  const position = ({ where }: EtudeError) => formatWhere(where).slice(0, -': '.length);
  const { message, hint } = listUnusable(errors, position, total, unit);
  return new Kind(message, { hint });
}

/** As an artifact names them: by the files' own names, which do not depend on where the folder lies. */
export function skippedRows(bad: readonly BadRow[], files: readonly DataFile[]) {
  const names = new Map(files.map(({ shown, name }) => [shown, name]));
  return bad.map(({ split, row, error: { message, expected, got, where } }) => {
    const name = names.get(where?.file ?? '');
    const file = name === undefined || where?.line === undefined ? name : `${name}:${where.line}`;
    return { split, row, file, message, expected, got };
  });
}
