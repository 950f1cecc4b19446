import type { LoadParams } from '../../../stage/params.js';
import { EtudeError } from '../../../util/errors.js';
import { ParameterError } from '../parameter-error.js';
import { resolveSplit, splitName } from '../split-spec.js';
import { type BadRow, badRowsError, knownBad, type Part } from '../unusable/in-data-files.js';
import type { Located } from './located.js';
import type { OpenedSource, Table } from './table.js';

/** The parts of tables that make up each split of the result. An unknown split is an EtudeError. */
export function partsOf(source: OpenedSource, split: string | undefined): Record<string, Part[]> {
  const whole = (tables: Table[]) => tables.map((table) => ({ table, start: 0, end: table.num_rows }));
  if (split === undefined) {
    return Object.fromEntries(Object.entries(source.splits).map(([name, tables]) => [name, whole(tables)]));
  }
  const numRows = Object.entries(source.splits).map(
    ([name, tables]) => [name, sum(tables.map((table) => table.num_rows))] as const,
  );
  const parts: Part[] = [];
  for (const slice of resolveSplit(split, Object.fromEntries(numRows))) {
    let first = 0;
    for (const table of source.splits[slice.split]!) {
      const start = Math.max(slice.start - first, 0);
      const end = Math.min(slice.end - first, table.num_rows);
      if (start < end) parts.push({ table, start, end });
      first += table.num_rows;
    }
  }
  return { [splitName(split)]: parts };
}

/** Formats whose files declare their columns: one without rows may be meant. */
const DECLARING: ReadonlySet<Located['format']> = new Set(['parquet', 'save_to_disk']);

/**
 * Rows of each split of the result, as far as they can be known before they are read.
 *
 * @throws EtudeError for a split without rows (at `split` if that is the cause, otherwise at its file),
 * unless its files declare their columns and other splits have rows; and for unusable rows: all of them, or
 * with `on_error: skip` only if no others are left.
 */
export function rowsOf(source: OpenedSource, located: Located, params: LoadParams): Record<string, number> {
  const parts = partsOf(source, params.split);
  const counts = Object.entries(parts).map(([name, list]) => [name, countOf(list)] as const);
  const empty = counts.find(([, rows]) => rows === 0)?.[0];
  const isMeant = DECLARING.has(located.format) && counts.some(([, rows]) => rows > 0);
  if (empty === undefined || isMeant) {
    const bad = knownBad(parts);
    refuseBad(bad, sum(counts.map(([, rows]) => rows)), source.features, params);
    const left = counts.map(
      ([name, rows]) => [name, rows - bad.filter(({ split }) => split === name).length] as const,
    );
    return Object.fromEntries(left);
  }
  const message = `split '${empty}' has no rows`;
  const expected = 'at least one row';
  const file = located.splits[empty]?.[0]?.shown;
  if (params.split !== undefined && /[[]/.test(params.split))
    throw new ParameterError('split', message, { expected, got: `'${params.split}'` });
  throw new EtudeError(message, { expected, where: file === undefined ? undefined : { file } });
}

/** Throws the problems with rows, unless they may be skipped and others are left. */
export function refuseBad(
  bad: readonly BadRow[],
  total: number,
  features: OpenedSource['features'],
  params: LoadParams,
): void {
  if (bad.length > 0 && (params.on_error !== 'skip' || bad.length === total))
    throw badRowsError(
      bad.map(({ error }) => error),
      total,
      unitOf(features),
    );
}

/** The noun for a row of a dataset. */
export function unitOf(features: OpenedSource['features']): string {
  return Object.values(features).some((feature) => feature._type === 'Audio') ? 'clip' : 'row';
}

/** The number of rows in some parts. */
export function countOf(parts: readonly Part[]): number {
  return sum(parts.map(({ start, end }) => end - start));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
