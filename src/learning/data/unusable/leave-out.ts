import type { DatasetArtifact } from '../../../stage/artifact.js';
import { makeSplit, rowsOf } from '../../../stage/split-rows.js';
import type { StageContext } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { count } from '../../../util/words.js';
import type { RowProblem } from './problems-of-rows.js';
import { listUnusable, nameOf, type OnError, reportSkipped, SKIP_ONE } from './report-unusable.js';

/** An unusable row, by its number within a split. */
type UnusableRow = RowProblem & { split: string; row: number };

/**
 * Removes unusable rows from the splits (the first split that has a row names it); they stay in the chunks,
 * where nothing reads them. Rows that are in no split do not count.
 *
 * @param problems by row number across all chunks
 * @param unit noun for a row: clip
 * @throws EtudeError that names all of them, up to a limit, for `on_error: fail`, and if nothing is left
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
  if (unusable.length === 0) {
    const [doubtful] = found.values();
    const more = found.size > 1 ? `, and ${found.size - 1} more` : '';
    if (doubtful !== undefined)
      context.log('warning', `${nameOf(doubtful)}: ${doubtful.message} unless it is padded${more}`);
    return artifact;
  }
  if (on_error === 'fail' || unusable.length === all.size)
    throw unusableRows([...found.values()], all.size, unit, artifact);
  return { ...artifact, splits, skipped: reportSkipped(unusable, context.log) };
}

/** `480 clips`, and what was skipped: `480 clips, 20 skipped`. */
export function countRows({ splits, skipped }: DatasetArtifact, unit: string): string {
  const rows = Object.values(splits).reduce((sum, { num_rows }) => sum + num_rows, 0);
  return count(rows, unit) + (skipped === undefined ? '' : `, ${skipped.rows} skipped`);
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
  const { message, hint } = listUnusable(rows, nameOf, total, unit);
  return new EtudeError(message, { hint });
}
