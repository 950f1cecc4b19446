import type { DatasetArtifact, SkippedRow } from '../../stage/artifact.js';
import { makeSplit, rowsOf } from '../../stage/split-rows.js';
import type { StageContext } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import type { RowProblem } from './row-problems.js';

/** What becomes of a data set with rows that cannot be used. */
export type OnError = 'fail' | 'skip';

/** Most rows that an error names, that are warned of one by one, and that an artifact names. */
const MOST_IN_ERROR = 50;
const MOST_WARNINGS = 10;
const MOST_IN_ARTIFACT = 1000;

const SKIP = 'Mend or remove them; on_error: skip goes on without them.';
const SKIP_ONE = SKIP.replaceAll('them', 'it');

/** A row that cannot be used, by its number within a split. */
type UnusableRow = RowProblem & { split: string; row: number };

/**
 * Takes the rows that cannot be used out of the splits (the first split that has a row names it); they stay in the chunks, where nothing
 * reads them. Rows that no split has do not count.
 *
 * @param problems by row number through all chunks
 * @param unit plural noun for rows: clips
 * @throws EtudeError that names all of them, up to a limit, for `on_error: fail` and where nothing is left
 */
export async function leaveOut(
  artifact: DatasetArtifact,
  problems: ReadonlyMap<number, RowProblem>,
  {
    on_error,
    unit,
    context,
  }: { on_error: OnError; unit: string; context: Pick<StageContext, 'objects' | 'log'> },
): Promise<DatasetArtifact> {
  if (problems.size === 0) return artifact;
  const found = new Map<number, UnusableRow>();
  const all = new Set<number>();
  const splits: DatasetArtifact['splits'] = {};
  for (const [split, selection] of Object.entries(artifact.splits)) {
    const rows = await rowsOf(selection, context.objects);
    for (const [row, number] of rows.entries()) {
      const problem = problems.get(number);
      all.add(number);
      if (problem !== undefined && !found.has(number)) found.set(number, { ...problem, split, row });
    }
    const left = rows.filter((number) => isUsable(problems.get(number)));
    splits[split] = left.length === rows.length ? selection : await makeSplit(left, context.objects);
  }
  const unusable = [...found.values()].filter((row) => !isUsable(row));
  if (unusable.length === 0) return artifact;
  if (on_error === 'fail' || unusable.length === all.size)
    throw unusableRows([...found.values()], all.size, unit, artifact);
  const first = unusable.slice(0, MOST_IN_ARTIFACT).map(described);
  for (const row of first.slice(0, MOST_WARNINGS))
    context.log('warning', `skipped ${nameOf(row)}: ${row.reason}`);
  if (unusable.length > MOST_WARNINGS)
    context.log('warning', `skipped ${unusable.length - MOST_WARNINGS} more; etude show lists them`);
  return { ...artifact, splits, skipped: { rows: unusable.length, first } };
}

/** `480 clips`, and what was left out: `480 clips, 20 skipped`. */
export function countRows({ splits, skipped }: DatasetArtifact, unit: string): string {
  const rows = Object.values(splits).reduce((sum, { num_rows }) => sum + num_rows, 0);
  return skipped === undefined ? `${rows} ${unit}` : `${rows} ${unit}, ${skipped.rows} skipped`;
}

function isUsable(problem: RowProblem | undefined): boolean {
  return problem === undefined || problem.doubtful === true;
}

function unusableRows(
  rows: readonly UnusableRow[],
  total: number,
  unit: string,
  { splits }: DatasetArtifact,
): EtudeError {
  const [first] = rows;
  if (rows.length === 1 && Object.keys(splits).length === 1) {
    const { message, expected, got, file, row, hint = SKIP_ONE } = first!;
    return new EtudeError(message, { expected, got, hint, where: { file, row } });
  }
  const lines = rows.slice(0, MOST_IN_ERROR).map((row) => `  ${nameOf(row)}: ${described(row).reason}`);
  if (rows.length > lines.length) lines.push(`  and ${rows.length - lines.length} more`);
  const hints = [...new Set(rows.flatMap(({ hint }) => hint ?? []))].slice(0, 3);
  return new EtudeError([`${rows.length} of ${total} ${unit} cannot be used:`, ...lines].join('\n'), {
    hint: [...hints, rows.length === 1 ? SKIP_ONE : SKIP].join('\n  '),
  });
}

function described({ split, row, file, message, expected, got }: UnusableRow): SkippedRow {
  const details = [expected && `expected ${expected}`, got && `got ${got}`].filter(Boolean).join(', ');
  return { split, row, ...(file && { file }), reason: details === '' ? message : `${message} (${details})` };
}

function nameOf({ split, row, file }: { split: string; row: number; file?: string }): string {
  return `${split} row ${row}${file === undefined ? '' : `, ${file}`}`;
}
