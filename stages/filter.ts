import { chosenSplits } from '../src/learning/data/chosen-splits.js';
import type { RowCondition } from '../src/learning/data/condition/row-condition.js';
import { type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { audioColumn } from '../src/learning/preprocess/audio-column.js';
import type { DatasetArtifact, Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { FilterParams } from '../src/stage/params.js';
import { EtudeError } from '../src/util/errors.js';
import { count } from '../src/util/words.js';

/** The conditions; reports mistakes in them. */
async function conditionsOf(
  features: Features,
  params: FilterParams,
  report: Report,
): Promise<RowCondition[]> {
  const { where, min_duration_in_seconds: min, max_duration_in_seconds: max, audio_column_name } = params;
  const conditions: RowCondition[] = [];
  const hasBounds = min !== undefined || max !== undefined;
  if (where === undefined && !hasBounds)
    report({
      param: [],
      message: 'nothing says which rows to keep',
      expected: 'where, min_duration_in_seconds or max_duration_in_seconds',
    });
  if (where !== undefined) {
    const { rowCondition } = await import('../src/learning/data/condition/row-condition.js');
    const condition = await rowCondition(where, features, ['where'], report);
    if (condition !== undefined) conditions.push(condition);
  }
  if (!hasBounds) return conditions;
  if (min !== undefined && max !== undefined && min > max)
    report({
      param: ['max_duration_in_seconds'],
      message: 'no clip can be this short and this long',
      expected: `at least min_duration_in_seconds, ${min}`,
      got: String(max),
    });
  const found = audioColumn(features, audio_column_name, ['audio_column_name']);
  if ('problem' in found) report(found.problem);
  else conditions.push(durationWithin(audio_column_name, min ?? 0, max ?? Number.POSITIVE_INFINITY));
  return conditions;
}

function durationWithin(column: string, min: number, max: number): RowCondition {
  return {
    columns: [column],
    usesLevels: false,
    holds(values) {
      const clip = values.get(column) as ReadonlyMap<string, number> | null;
      if (clip === null) throw new EtudeError('there is no audio in this row');
      const duration = clip.get('duration')!;
      return duration >= min && duration <= max;
    },
  };
}

/** What was left out: `left out 12 of 563 rows: train 10, test 2`. */
function summaryOf(before: DatasetArtifact['splits'], after: DatasetArtifact['splits']): string {
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
  const rows = count(sum(Object.values(before).map(({ num_rows }) => num_rows)), 'row');
  const gone = Object.entries(after).map(
    ([name, { num_rows }]) => [name, before[name]!.num_rows - num_rows] as const,
  );
  const total = sum(gone.map(([, number]) => number));
  if (total === 0) return `kept all ${rows}`;
  const where = gone.filter(([, number]) => number > 0).map(([name, number]) => `${name} ${number}`);
  return `left out ${total} of ${rows}: ${where.join(', ')}`;
}

/** `Dataset.filter` of Hugging Face datasets, with an expression in place of a function. */
const filter = defineBuiltIn<FilterParams>()({
  name: 'filter',
  description: 'Keeps the rows that meet conditions.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  cores: 'all',
  keepsRows: true,
  libraries: [
    '@marcbachmann/cel-js',
    '@wasm-audio-decoders/flac',
    '@wasm-audio-decoders/ogg-vorbis',
    'apache-arrow',
    'codec-parser',
    'mpg123-decoder',
    'opus-decoder',
  ],

  async outline({ params, inputs, problem }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const names = chosenSplits(input.splits, params.split, problem);
    await conditionsOf(input.features, params, problem);
    const splits = Object.entries(input.splits).map(([name, rows]) => [
      name,
      names.includes(name) ? undefined : rows,
    ]);
    return { ...input, splits: Object.fromEntries(splits) };
  },

  async run(context) {
    const { params, inputs, log } = context;
    const { dataset } = inputs;
    const names = chosenSplits(dataset.splits, params.split, throwProblem);
    const conditions = await conditionsOf(dataset.features, params, throwProblem);
    const { filterRows } = await import('../src/learning/data/condition/filter-rows.js');
    const { on_error } = params;
    const { artifact, rowsComputed } = await filterRows({
      context,
      dataset,
      conditions,
      splits: names,
      on_error,
    });
    const emptied = names.filter(
      (name) => dataset.splits[name]!.num_rows > 0 && artifact.splits[name]!.num_rows === 0,
    );
    if (emptied.length > 0 && names.every((name) => artifact.splits[name]!.num_rows === 0))
      throw new EtudeError('no row meets the conditions', {
        expected: 'at least one row',
        hint: 'The command etude show prints the columns and a few rows of a stage.',
      });
    for (const name of emptied) log('warning', `no row of split '${name}' meets the conditions`);
    return { artifact, rowsComputed, summary: summaryOf(dataset.splits, artifact.splits) };
  },
});

export default filter;
