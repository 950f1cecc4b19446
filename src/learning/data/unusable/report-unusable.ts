import type { SkippedRow } from '../../../stage/artifact.js';
import type { StageContext } from '../../../stage/stage-type.js';
import type { EtudeErrorOptions } from '../../../util/errors.js';
import { count } from '../../../util/words.js';

/** What to do with a dataset that has unusable rows. */
export type OnError = 'fail' | 'skip';

/** The most rows that an error names, that get a warning each, and that an artifact names. */
const MOST_IN_ERROR = 50;
const MOST_WARNINGS = 10;
const MOST_IN_ARTIFACT = 1000;

const SKIP = 'Fix or remove them, or set on_error: skip to go on without them.';

/** The hint for a single row. */
export const SKIP_ONE = SKIP.replaceAll('them', 'it');

/** What is wrong with a row. */
type Reason = Pick<EtudeErrorOptions, 'expected' | 'got' | 'hint'> & { message: string };

/**
 * The parts of an error that names unusable rows, up to a limit, and counts the others.
 *
 * @param name the start of a line: where the row is
 * @param total the number of rows
 * @param unit noun for a row: clip
 * @param advice the last line: what to do
 */
export function listUnusable<R extends Reason>(
  rows: readonly R[],
  name: (row: R) => string,
  total: number,
  unit: string,
  advice = rows.length === 1 ? SKIP_ONE : SKIP,
): { message: string; hint: string } {
  const lines = rows.slice(0, MOST_IN_ERROR).map((row) => `  ${name(row)}: ${reasonOf(row)}`);
  if (rows.length > lines.length) lines.push(`  and ${rows.length - lines.length} more`);
  const hints = [...new Set(rows.flatMap(({ hint }) => hint ?? []))].slice(0, 3);
  return {
    message: [`${rows.length} of ${count(total, unit)} cannot be used:`, ...lines].join('\n'),
    hint: [...hints, advice].join('\n  '),
  };
}

/** The skipped rows as an artifact keeps them; the first of them are warned about. */
export function reportSkipped(
  rows: readonly (Omit<SkippedRow, 'reason'> & Reason)[],
  log: StageContext['log'],
): { rows: number; first: SkippedRow[] } {
  const first = rows.slice(0, MOST_IN_ARTIFACT).map(({ split, row, file, ...reason }) => ({
    split,
    row,
    ...(file && { file }),
    reason: reasonOf(reason),
  }));
  for (const row of first.slice(0, MOST_WARNINGS)) log('warning', `skipped ${nameOf(row)}: ${row.reason}`);
  if (rows.length > MOST_WARNINGS)
    log('warning', `skipped ${rows.length - MOST_WARNINGS} more; etude show lists them`);
  return { rows: rows.length, first };
}

/** `test row 3, clips/a.wav`. */
export function nameOf({ split, row, file }: Pick<SkippedRow, 'split' | 'row' | 'file'>): string {
  return `${split} row ${row}${file === undefined ? '' : `, ${file}`}`;
}

/** What is wrong with a row, in one line. */
export function reasonOf({ message, expected, got }: Reason): string {
  const details = [expected && `expected ${expected}`, got && `got ${got}`].filter(Boolean).join(', ');
  return details === '' ? message : `${message} (${details})`;
}
