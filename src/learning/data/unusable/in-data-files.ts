import { EtudeError, formatWhere } from '../../../util/errors.js';
import { PointsOutsideError } from '../read/audio-file.js';
import type { DataFile, Table } from '../read/table.js';
import { listUnusable, reasonOf, SKIP_ONE } from './report-unusable.js';

/** Rows `[start, end)` of a table. */
export interface Part {
  table: Table;
  start: number;
  end: number;
}

/** An unusable row, by its number within its split. */
export interface BadRow {
  split: string;
  row: number;
  error: EtudeError;
}

/** Problems with rows of data files. */
export class BadRowsError extends EtudeError {}

/** A row that shows that the file is not what it was taken for; nothing can continue without it. */
export class MalformedRow extends EtudeError {}

/** The most mistakes in one row that are named. */
const MOST_IN_ROW = 5;

/** One error for all mistakes of a row, of the most serious class among them. */
export function inOne(errors: readonly EtudeError[]): EtudeError {
  const [first] = errors;
  if (errors.length === 1) return first!;
  const Kind = [PointsOutsideError, MalformedRow].find((kind) =>
    errors.some((error) => error instanceof kind),
  );
  const reasons = errors.slice(0, MOST_IN_ROW).map(reasonOf);
  if (errors.length > MOST_IN_ROW) reasons.push(`and ${errors.length - MOST_IN_ROW} more`);
  const hints = [...new Set(errors.flatMap(({ hint }) => hint ?? []))].slice(0, 3);
  return new (Kind ?? EtudeError)(reasons.join('; '), {
    where: first?.where,
    hint: hints.length === 0 ? undefined : hints.join('\n  '),
  });
}

/** Rows known to be bad before they are read, in order. */
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
 * One error for all of them. A path that points outside keeps its class: it is more than a mistake in the
 * data.
 *
 * @param note what to know about rows that show that the file is of another kind
 */
export function badRowsError(
  errors: readonly EtudeError[],
  total: number,
  unit: string,
  note?: string,
): EtudeError {
  const Kind = errors.some((error) => error instanceof PointsOutsideError)
    ? PointsOutsideError
    : BadRowsError;
  const malformed = errors.some((error) => error instanceof MalformedRow);
  const advice = malformed ? [note, 'Fix or remove them.'].filter(Boolean).join('\n  ') : undefined;
  const [first] = errors;
  if (first !== undefined && errors.length === 1) {
    const { message, expected, got, where, hint = advice === undefined ? SKIP_ONE : undefined } = first;
    return new Kind(message, { expected, got, where, hint });
  }
  const position = ({ where }: EtudeError) => formatWhere(where).slice(0, -': '.length);
  const { message, hint } = listUnusable(errors, position, total, unit, advice);
  return new Kind(message, { hint });
}

/** @throws EtudeError of all bad rows, if some of them show that a file is not what it was taken for. */
export function refuseMalformed(tables: readonly Table[], note?: string): void {
  const bad = tables.flatMap(({ problems = new Map<number, EtudeError>() }) =>
    [...problems].sort(([a], [b]) => a - b).map(([, error]) => error),
  );
  if (!bad.some((error) => error instanceof MalformedRow)) return;
  const total = tables.reduce((sum, { num_rows }) => sum + num_rows, 0);
  throw badRowsError(bad, total, 'row', note);
}

/** As an artifact names them: by the files' own names, which do not depend on the folder's location. */
export function skippedRows(bad: readonly BadRow[], files: readonly DataFile[]) {
  const names = new Map(files.map(({ shown, name }) => [shown, name]));
  return bad.map(({ split, row, error: { message, expected, got, where } }) => {
    const name = names.get(where?.file ?? '');
    const file = name === undefined || where?.line === undefined ? name : `${name}:${where.line}`;
    return { split, row, file, message, expected, got };
  });
}
