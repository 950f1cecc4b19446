import type { DatasetArtifact, Feature } from '../../../stage/artifact.js';
import { makeSplit, rowsOf } from '../../../stage/split-rows.js';
import type { StageContext } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import type { AudioSamples, EncodedAudio } from '../column.js';
import { type DatasetReader, openDataset } from '../dataset.js';
import { mapChunks } from '../map-chunks.js';
import { leaveOut } from '../unusable/leave-out.js';
import type { RowProblem } from '../unusable/problems-of-rows.js';
import type { OnError } from '../unusable/report-unusable.js';
import { AUDIO_FIELDS, valueFor } from './condition-columns.js';
import { isMissing, transform } from './measure-clips.js';
import type { RowCondition } from './row-condition.js';

const number: Feature = { _type: 'Value', dtype: 'float64' };
const string: Feature = { _type: 'Value', dtype: 'string' };

/** Rows between two reports of progress. */
const REPORTED_ROWS = 1000;

export interface FilterRequest {
  context: Omit<StageContext, 'params' | 'inputs'>;
  dataset: DatasetArtifact;
  /** All of which a row must meet. */
  conditions: readonly Pick<RowCondition, 'columns' | 'usesLevels' | 'holds'>[];
  splits: readonly string[];
  on_error: OnError;
}

/**
 * The dataset with only those rows of some splits that meet all conditions: a new manifest over the same
 * chunks. Clips are measured chunk by chunk, once for all conditions on them.
 *
 * @throws EtudeError that names the rows for which a condition has no answer
 */
export async function filterRows(
  request: FilterRequest,
): Promise<{ artifact: DatasetArtifact; rowsComputed: number }> {
  const { context, dataset, conditions, splits, on_error } = request;
  const { objects, signal } = context;
  const columns = [...new Set(conditions.flatMap((condition) => condition.columns))];
  const filtered = {
    ...dataset,
    splits: Object.fromEntries(splits.map((name) => [name, dataset.splits[name]!])),
  };
  const audio = columns.filter((column) => dataset.features[column]!._type === 'Audio');
  const measured = new Map<string, DatasetReader>();
  let rowsComputed = 0;
  for (const column of audio) {
    const result = await measureColumn(request, filtered, column);
    measured.set(column, openDataset(result.artifact, objects));
    rowsComputed += result.rowsComputed;
  }
  const reader = openDataset(dataset, objects);
  const kept = new Map<number, boolean>();
  const problems = new Map<number, RowProblem>();
  const total = splits.reduce((sum, name) => sum + dataset.splits[name]!.num_rows, 0);
  let done = 0;
  for (const split of splits) {
    for (const [i, row] of (await rowsOf(dataset.splits[split]!, objects)).entries()) {
      if (done++ % REPORTED_ROWS === 0) {
        signal.throwIfAborted();
        context.progress({ done, total, unit: 'rows' });
      }
      if (kept.has(row)) continue;
      try {
        const values = new Map<string, unknown>();
        for (const column of columns) values.set(column, await valueAt(reader, measured, split, column, i));
        kept.set(
          row,
          conditions.every((condition) => condition.holds(values)),
        );
      } catch (error) {
        if (!(error instanceof EtudeError)) throw error;
        const { message, expected, got, hint, where } = error;
        problems.set(row, { message, expected, got, hint, file: where?.file });
        kept.set(row, true);
      }
    }
  }
  const usable = await leaveOut(filtered, problems, { on_error, unit: 'row', context });
  const left: [string, DatasetArtifact['splits'][string]][] = [];
  for (const [name, split] of Object.entries(dataset.splits)) {
    if (!splits.includes(name)) {
      left.push([name, split]);
      continue;
    }
    const rows = await rowsOf(usable.splits[name]!, objects);
    left.push([
      name,
      await makeSplit(
        rows.filter((row) => kept.get(row)),
        objects,
      ),
    ]);
  }
  const { skipped } = usable;
  return {
    artifact: { ...dataset, splits: Object.fromEntries(left), ...(skipped && { skipped }) },
    rowsComputed,
  };
}

async function measureColumn(
  { context, conditions }: FilterRequest,
  dataset: DatasetArtifact,
  column: string,
) {
  const outputs = { duration: number, peak: number, rms: number, reason: string };
  return mapChunks({
    context: { ...context, progress: (progress) => context.progress({ ...progress, phase: 'measuring' }) },
    dataset,
    transform,
    params: { levels: conditions.some(({ usesLevels }) => usesLevels) },
    inputs: { audio: column },
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([role, feature]) => [role, { column: role, feature }]),
    ),
    features: outputs,
    unit: 'clips',
  });
}

/** @throws EtudeError for a clip that cannot be measured. */
async function valueAt(
  reader: DatasetReader,
  measured: ReadonlyMap<string, DatasetReader>,
  split: string,
  column: string,
  i: number,
): Promise<unknown> {
  const feature = reader.features[column]!;
  const value = await reader.value(split, column, i);
  const measures = measured.get(column);
  if (measures === undefined) return valueFor(feature, value);
  const clip = value as EncodedAudio | AudioSamples | null;
  if (isMissing(clip)) return null;
  const { path } = clip;
  const row = await measures.row(split, i);
  if (typeof row.reason === 'string') {
    const { message, ...details } = JSON.parse(row.reason);
    throw new EtudeError(message, { ...details, where: { file: path ?? undefined } });
  }
  const fields = Object.keys(AUDIO_FIELDS).map((field) => [field, field === 'path' ? path : row[field]]);
  return valueFor(feature, value, Object.fromEntries(fields));
}
