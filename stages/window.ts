import { chosenSplits } from '../src/learning/data/chosen-splits.js';
import { type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { windowFeatures } from '../src/learning/data/windows/window-columns.js';
import { audioColumn } from '../src/learning/preprocess/audio-column.js';
import type { Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { WindowParams } from '../src/stage/params.js';
import { EtudeError } from '../src/util/errors.js';
import { count } from '../src/util/words.js';

/** The features of the result; `undefined` after a reported problem. */
function featuresOf(features: Features, params: WindowParams, report: Report): Features | undefined {
  const { window_length_s, min_length_s, column } = params;
  if (min_length_s > window_length_s)
    report({
      param: ['min_length_s'],
      message: 'no window is this long',
      expected: `at most window_length_s, ${window_length_s}`,
      got: String(min_length_s),
    });
  const found = audioColumn(features, column, ['column']);
  if ('problem' in found) report(found.problem);
  const all = windowFeatures(features, report);
  return 'problem' in found ? undefined : all;
}

/** Long clips as overlapping windows that remember which clip they are of. */
const window = defineBuiltIn<WindowParams>()({
  name: 'window',
  description: 'Cuts clips into windows of one length.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  libraries: [
    '@wasm-audio-decoders/flac',
    '@wasm-audio-decoders/ogg-vorbis',
    'apache-arrow',
    'codec-parser',
    'mpg123-decoder',
    'opus-decoder',
  ],

  outline({ params, inputs, problem }) {
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const names = chosenSplits(input.splits, params.split, problem);
    const features = featuresOf(input.features, params, problem);
    const sizes = Object.entries(input.splits).map(([name, rows]) => [
      name,
      names.includes(name) ? undefined : rows,
    ]);
    return features && { ...input, features, splits: Object.fromEntries(sizes) };
  },

  async run(context) {
    const { params, inputs, log } = context;
    const { dataset } = inputs;
    const { column, split, on_error, ...options } = params;
    const splits = chosenSplits(dataset.splits, split, throwProblem);
    const features = featuresOf(dataset.features, params, throwProblem)!;
    const { windowDataset } = await import('../src/learning/data/windows/window-dataset.js');
    const request = { context, dataset, column, features, options, splits, on_error };
    const { artifact, rowsComputed, counts } = await windowDataset(request);
    const emptied = splits.filter((name) => counts[name]!.clips > 0 && counts[name]!.windows === 0);
    if (emptied.length > 0 && splits.every((name) => counts[name]!.windows === 0))
      throw new EtudeError('no clip is long enough for a window', {
        expected: 'shorter windows, another remainder, or a smaller min_length_s',
      });
    for (const name of emptied) log('warning', `no clip of split '${name}' is long enough for a window`);
    const lines = Object.entries(counts).map(([name, { clips, windows, withoutWindow }]) => {
      const short = withoutWindow === 0 ? '' : `, ${withoutWindow} too short`;
      return `${name} ${windows} of ${count(clips, 'clip')}${short}`;
    });
    const skipped = artifact.skipped === undefined ? '' : `; ${artifact.skipped.rows} skipped`;
    return { artifact, rowsComputed, summary: `windows: ${lines.join('; ')}${skipped}` };
  },
});

export default window;
