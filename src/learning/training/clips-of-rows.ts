import type { Features } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import type { DatasetReader } from '../data/dataset.js';
import { columnProblem, type Report } from '../data/name-problems.js';
import { type Activation, type Aggregate, aggregateLogits } from './aggregate.js';

/** Which rows of a split are windows of one clip, and how their answers become one. */
export interface ClipsOfRows {
  how: Aggregate;
  /** Rows of each clip; clips in the order of their first rows. */
  rows: number[][];
}

/** What `evaluate` says about clips. */
interface ClipParams {
  aggregate?: Aggregate;
  clip_column: string;
}

/** Reports a column that cannot say which clip a row is of. */
export function checkClipColumn(
  features: Features,
  { aggregate, clip_column }: ClipParams,
  report: Report,
): void {
  if (aggregate === undefined) return;
  const param = ['clip_column'];
  const problem = columnProblem(features, clip_column, param);
  const hint = 'The stage type window adds a column clip.';
  if (problem !== undefined) report({ ...problem, hint });
  else if (!['Value', 'ClassLabel'].includes(features[clip_column]!._type))
    report({
      param,
      message: `column '${clip_column}' does not name clips`,
      expected: 'text or numbers, the same in all rows of a clip',
      got: features[clip_column]!._type,
    });
}

/**
 * The clips of a split; `undefined` if its rows are to be evaluated one by one.
 *
 * @param labels what each row has: a class number, or several numbers one after the other
 * @throws EtudeError that names a row of no clip, or with another label than earlier rows of its clip
 */
export async function clipsOfRows(
  reader: DatasetReader,
  { split, labels }: { split: string; labels: readonly number[] },
  { aggregate, clip_column }: ClipParams,
): Promise<ClipsOfRows | undefined> {
  if (aggregate === undefined) return undefined;
  const clips = new Map<unknown, number[]>();
  const names = await reader.column(split, clip_column);
  const width = labels.length / names.length;
  const areEqual = (one: number, other: number) =>
    Array.from({ length: width }, (_, i) => i).every(
      (i) => labels[one * width + i] === labels[other * width + i],
    );
  for (const [row, clip] of names.entries()) {
    if (clip === null)
      throw new EtudeError(`no value in column '${clip_column}' of split '${split}'`, {
        expected: 'a clip in every row',
        where: { row },
      });
    const rows = clips.get(clip);
    if (rows === undefined) clips.set(clip, [row]);
    else if (areEqual(rows[0]!, row)) rows.push(row);
    else
      throw new EtudeError(`rows of one clip of split '${split}' have different labels`, {
        expected: `the label of row ${rows[0]}`,
        got: 'another',
        where: { row },
      });
  }
  return { how: aggregate, rows: [...clips.values()] };
}

/** How a report names what it measured: a row, or the first row of a clip and its number of windows. */
export function measuredRow(index: number, clips?: ClipsOfRows): { row: number; windows?: number } {
  if (clips === undefined) return { row: index };
  const rows = clips.rows[index]!;
  return { row: rows[0]!, windows: rows.length };
}

/** What a report says of the clips that it measured instead of rows. */
export function measuredClips(clips?: ClipsOfRows): { num_clips?: number; aggregate?: Aggregate } {
  return clips === undefined ? {} : { num_clips: clips.rows.length, aggregate: clips.how };
}

/**
 * Logits of clips, [clips, classes], whose activation gives the clips' scores; and `means`, the mean logits,
 * whose loss is finite however the clips are scored.
 */
export function aggregateRows(
  logits: Float32Array,
  classes: number,
  { how, rows }: ClipsOfRows,
  activation: Activation = 'softmax',
): { logits: Float32Array; means: Float32Array } {
  const result = new Float32Array(rows.length * classes);
  const means = new Float32Array(rows.length * classes);
  for (const [clip, own] of rows.entries()) {
    const windows = own.map((row) => logits.subarray(row * classes, (row + 1) * classes));
    result.set(aggregateLogits(windows, how, activation), clip * classes);
    means.set(aggregateLogits(windows, 'mean_logits'), clip * classes);
  }
  return { logits: result, means };
}
