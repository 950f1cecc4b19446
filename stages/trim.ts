import { type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { audioColumn } from '../src/learning/preprocess/audio-column.js';
import type { AudioFeature, DatasetArtifact, Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { TrimParams } from '../src/stage/params.js';
import type { Objects } from '../src/stage/stage-type.js';
import { count } from '../src/util/words.js';

/** The column's feature; `undefined` after a reported problem. */
function decodedColumn(features: Features, column: string, report: Report): AudioFeature | undefined {
  const found = audioColumn(features, column, ['column']);
  if ('problem' in found) report(found.problem);
  else if (found.feature.storage === 'samples') return found.feature;
  else
    report({
      param: ['column'],
      message: `column '${column}' is not decoded: add a cast-audio stage before this one`,
      expected: 'samples',
      got: 'undecoded files',
    });
  return undefined;
}

/** `trimmed 40 of 60 clips by 31.5 s`: of each clip in a split, once. */
async function summaryOf(dataset: DatasetArtifact, column: string, rate: number, objects: Objects) {
  const { openDataset } = await import('../src/learning/data/dataset.js');
  const { rowsOf } = await import('../src/stage/split-rows.js');
  const reader = openDataset(dataset, objects);
  const removed = new Map<number, number>();
  for (const [name, split] of Object.entries(dataset.splits)) {
    const values = (await reader.column(name, column)) as number[];
    (await rowsOf(split, objects)).forEach((row, i) => {
      removed.set(row, values[i]!);
    });
  }
  const all = [...removed.values()];
  const seconds = all.reduce((sum, samples) => sum + samples, 0) / rate;
  const skipped = dataset.skipped === undefined ? '' : `, ${dataset.skipped.rows} skipped`;
  const trimmed = all.filter((samples) => samples > 0).length;
  return `trimmed ${trimmed} of ${count(all.length, 'clip')} by ${seconds.toFixed(1)} s${skipped}`;
}

/** Silence at both ends of clips, as `librosa.effects.trim` removes it. */
const trim = defineBuiltIn<TrimParams>()({
  name: 'trim',
  description: 'Removes silence at the start and the end of clips.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  cores: 'all',
  chunkwise: true,
  keepsRows: true,
  libraries: ['apache-arrow'],

  outline({ params, inputs, problem }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    return decodedColumn(input.features, params.column, problem) && input;
  },

  parts: (_, { dataset }) => dataset.chunks.length,

  async run(context) {
    const { params, inputs, objects } = context;
    const { dataset } = inputs;
    const { column, on_error, top_db, frame_length, hop_length, pad_s, silent_clips } = params;
    const feature = decodedColumn(dataset.features, column, throwProblem)!;
    const { mapChunks } = await import('../src/learning/data/map-chunks.js');
    const { transform } = await import('../src/learning/preprocess/trim-chunk.js');
    // Only for the summary: a column that the dataset cannot have.
    const removed = `${Object.keys(dataset.features).join()} removed`;
    const int: Features[string] = { _type: 'Value', dtype: 'int32' };
    const { artifact, rowsComputed } = await mapChunks({
      context,
      dataset,
      transform,
      params: { top_db, frame_length, hop_length, pad_s, silent_clips },
      inputs: { audio: column },
      outputs: { audio: { column, feature }, removed: { column: removed, feature: int } },
      features: { ...dataset.features, [removed]: int },
      unit: 'clips',
      on_error,
    });
    const summary = await summaryOf(artifact, removed, feature.sampling_rate!, objects);
    const chunks = artifact.chunks.map(({ rows, columns: { [removed]: _, ...columns } }) => ({
      rows,
      columns,
    }));
    return { artifact: { ...artifact, features: dataset.features, chunks }, rowsComputed, summary };
  },
});

export default trim;
