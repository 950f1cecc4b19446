import { alignFeatures } from '../src/learning/data/align-features.js';
import { unionOfSplits } from '../src/learning/data/concatenate.js';
import { errorOf } from '../src/learning/data/name-problems.js';
import type { DatasetArtifact } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { ConcatenateParams } from '../src/stage/params.js';
import type { Outline, OutlineProblem } from '../src/stage/stage-type.js';
import { EtudeError } from '../src/util/errors.js';
import { listOf } from '../src/util/words.js';

type DatasetOutline = Extract<Outline, { kind: 'dataset' }>;

/** All differences between the datasets in one error. */
function throwAll(problems: readonly OutlineProblem[]): void {
  const [first, ...more] = problems.map(errorOf);
  if (first === undefined) return;
  if (more.length === 0) throw first;
  const lines = [first, ...more].map(
    ({ message, expected, got }) => `  ${message} (expected ${expected}, got ${got})`,
  );
  const hints = new Set(problems.map(({ hint }) => hint));
  throw new EtudeError(['the datasets do not fit together:', ...lines].join('\n'), {
    hint: [...hints].join('\n  '),
  });
}

/** `concatenate_datasets` of Hugging Face datasets, split by split, with classes aligned by name. */
const concatenateDatasets = defineBuiltIn<ConcatenateParams>()({
  name: 'concatenate',
  description: 'Puts the rows of several datasets one after the other.',
  inputs: {},
  inputList: 'dataset',
  output: 'dataset',
  joinsChunks: true,
  libraries: ['apache-arrow'],

  outline({ inputs, problem }) {
    const given = Object.values(inputs as Record<string, DatasetOutline | undefined>);
    const known = given.filter((input) => input !== undefined);
    const { features } = alignFeatures(
      known.map((input) => input.features),
      problem,
    );
    if (known.length < given.length) return undefined;
    const names = unionOfSplits(known.map(({ splits }) => splits));
    const rowsOf = (name: string) => {
      const sizes = known
        .filter(({ splits }) => Object.hasOwn(splits, name))
        .map(({ splits }) => splits[name]);
      return sizes.reduce(
        (sum, rows) => (sum === undefined || rows === undefined ? undefined : sum + rows),
        0,
      );
    };
    return {
      kind: 'dataset',
      features,
      splits: Object.fromEntries(names.map((name) => [name, rowsOf(name)])),
    };
  },

  async run(context) {
    const { objects, log } = context;
    const datasets = Object.values(context.inputs as Record<string, DatasetArtifact>);
    const { concatenate } = await import('../src/learning/data/concatenate.js');
    const { recodeLabels } = await import('../src/learning/data/recode-labels.js');
    const problems: OutlineProblem[] = [];
    const { features, missing, ids } = alignFeatures(
      datasets.map((dataset) => dataset.features),
      (problem) => problems.push(problem),
    );
    throwAll(problems);
    let rowsComputed = 0;
    const aligned: DatasetArtifact[] = [];
    for (const [i, dataset] of datasets.entries()) {
      let recoded = dataset;
      for (const [column, numbers] of ids[i]!) {
        const feature = features[column]!;
        const names = feature._type === 'ClassLabel' ? feature.names : [];
        const result = await recodeLabels(context, recoded, { column, names, ids: numbers });
        recoded = result.artifact;
        rowsComputed += result.rowsComputed;
      }
      aligned.push(recoded);
      if (missing[i]!.length === 0) continue;
      const columns = listOf(missing[i]!.map((name) => `'${name}'`));
      log('warning', `input ${i + 1} has no ${columns}: null in its rows`);
    }
    const artifact = await concatenate(aligned, features, objects);
    const { warnOfRepeatedClips } = await import('../src/learning/data/repeated-clips.js');
    await warnOfRepeatedClips({ ...context, inputs: {} }, artifact);
    const summary = Object.entries(artifact.splits)
      .map(([name, { num_rows }]) => {
        const parts = datasets.flatMap(({ splits }) =>
          Object.hasOwn(splits, name) ? [splits[name]!.num_rows] : [],
        );
        return `${name} ${parts.length > 1 ? `${parts.join(' + ')} = ` : ''}${num_rows}`;
      })
      .join(', ');
    return { artifact, rowsComputed, summary };
  },
});

export default concatenateDatasets;
