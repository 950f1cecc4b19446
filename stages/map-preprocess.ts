import { extractorOf, type FeatureExtractorConfig } from '../src/learning/audio/extractors/index.js';
import { readPreprocessorConfig } from '../src/learning/audio/read-preprocessor-config.js';
import { matrixFeature } from '../src/learning/data/matrix.js';
import { columnProblem, errorOf, type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { audioColumn } from '../src/learning/preprocess/audio-column.js';
import { extractOptionsOf } from '../src/learning/preprocess/extract-options.js';
import { locateConfig, readConfig } from '../src/learning/preprocess/locate-config.js';
import type { Features, ListFeature } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { MapPreprocessParams } from '../src/stage/params.js';
import { revisionSource } from '../src/stage/revision-source.js';
import type { OutlineProblem } from '../src/stage/stage-type.js';

/**
 * `Dataset.map(preprocess, batched=True)` of the audio-classification guide, where `preprocess` calls a
 * feature extractor on the audio: adds `input_values` (or `input_features`, as the extractor calls them),
 * and, if requested, `attention_mask`.
 */
const mapPreprocess = defineBuiltIn<MapPreprocessParams>()({
  name: 'map-preprocess',
  description: 'Turns decoded audio into model inputs with a feature extractor.',
  inputs: { dataset: { kind: 'dataset' } },
  output: 'dataset',
  cores: 'all',
  chunkwise: true,
  keepsRows: true,
  libraries: ['apache-arrow'],

  async sources({ feature_extractor, revision }, place) {
    if (typeof feature_extractor !== 'string') return [];
    const found = await locateConfig(feature_extractor, place, revision);
    if ('problem' in found) throw errorOf(found.problem);
    const { file, model } = found;
    const files = model === undefined ? [file] : [file, model];
    return [{ param: 'feature_extractor', files }, ...revisionSource(revision)];
  },

  async outline({ params, inputs, place, problem }) {
    const config = await readConfig(params.feature_extractor, place, problem, params.revision);
    if (config === undefined) return undefined;
    optionProblems(params, config).forEach(problem);
    const input = inputs.dataset;
    if (input === undefined) return undefined;
    const features = mappedFeatures(input.features, params, config, problem);
    return features === undefined ? undefined : { ...input, features };
  },

  async derive(derivation, inputs) {
    const { deriveChunk } = await import('../src/learning/data/chunk-transform.js');
    const { transform } = await import('../src/learning/preprocess/preprocess-chunk.js');
    return deriveChunk(transform, derivation, inputs);
  },

  parts: (_, { dataset }) => dataset.chunks.length,

  async run(context) {
    const { params, inputs, sources, place } = context;
    const { dataset } = inputs;
    const [extractor, model] = sources.feature_extractor ?? [];
    const path = extractor?.path;
    const config =
      path === undefined
        ? (await readConfig(params.feature_extractor, place, throwProblem, params.revision))!
        : await readPreprocessorConfig(path);
    optionProblems(params, config).forEach(throwProblem);
    const features = mappedFeatures(dataset.features, params, config, throwProblem)!;
    const { mapChunks } = await import('../src/learning/data/map-chunks.js');
    const { transform } = await import('../src/learning/preprocess/preprocess-chunk.js');
    const { countRows } = await import('../src/learning/data/unusable/leave-out.js');
    const { shortestClip } = await import('../src/learning/audio/shortest-clip.js');
    const shortest = model === undefined ? undefined : await shortestClip(model.path);
    const { artifact, rowsComputed } = await mapChunks(
      {
        context,
        dataset,
        transform,
        params: { ...extractOptionsOf(params, config), ...(shortest && { shortest }) },
        inputs: { audio: params.column },
        outputs: Object.fromEntries(
          newColumns(params, config).map(({ role, column, feature }) => [role, { column, feature }]),
        ),
        features,
        unit: 'rows',
        on_error: params.on_error,
      },
      'map-preprocess',
    );
    return { artifact, rowsComputed, summary: countRows(artifact, 'row') };
  },
});

export default mapPreprocess;

/** What the extractor makes, by the transform's names, in which columns. */
function newColumns(
  params: MapPreprocessParams,
  config: FeatureExtractorConfig,
): { role: string; column: string; feature: ListFeature }[] {
  const extractor = extractorOf(config);
  const values: ListFeature = { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } };
  const shape = extractor.shape?.(config, params);
  const inputs = {
    role: 'input_values',
    column: extractor.column,
    feature: shape === undefined ? values : matrixFeature(shape),
  };
  const masked = params.return_attention_mask ?? config.return_attention_mask;
  if (!masked) return [inputs];
  const mask: ListFeature = { _type: 'List', feature: { _type: 'Value', dtype: 'int32' } };
  return [inputs, { role: 'attention_mask', column: 'attention_mask', feature: mask }];
}

/**
 * The result's features: what `remove_columns` leaves, then the new ones; `undefined` after a reported
 * problem.
 */
function mappedFeatures(
  features: Features,
  params: MapPreprocessParams,
  config: FeatureExtractorConfig,
  report: Report,
): Features | undefined {
  const problems = [...audioProblems(features, params, config), ...removeProblems(features, params)];
  problems.forEach(report);
  if (problems.length > 0) return undefined;

  const removed = [params.remove_columns].flat();
  const kept = Object.entries(features).filter(([name]) => !removed.includes(name));
  const { config: settled, options } = extractOptionsOf(params, config);
  const extracted = { column: params.column, config: { ...settled }, options: { ...options } };
  const isThere = !removed.includes(params.column);
  const added = newColumns(params, config).map(({ role, column, feature }) => {
    const made = isThere && role === 'input_values' ? { ...feature, extracted } : feature;
    return [column, made] as const;
  });
  return Object.fromEntries([...kept, ...added]);
}

function audioProblems(
  features: Features,
  params: MapPreprocessParams,
  config: FeatureExtractorConfig,
): OutlineProblem[] {
  const { column } = params;
  const found = audioColumn(features, column, ['column']);
  if ('problem' in found) return [found.problem];
  const { sampling_rate, storage } = found.feature;
  if (storage !== 'samples') {
    return [
      {
        param: ['column'],
        message: `column '${column}' is not decoded: add a cast-audio stage before this one`,
        expected: `samples at ${config.sampling_rate} Hz`,
        got: 'undecoded files',
      },
    ];
  }
  if (sampling_rate === config.sampling_rate) return [];
  return [
    {
      param: ['feature_extractor'],
      message: `sampling rate of column '${column}' is ${sampling_rate} Hz, but the feature extractor was made for ${config.sampling_rate} Hz`,
      expected: `cast-audio with sampling_rate: ${config.sampling_rate}`,
      got: `${sampling_rate}`,
    },
  ];
}

function removeProblems(features: Features, { remove_columns }: MapPreprocessParams): OutlineProblem[] {
  const path = (i: number) =>
    typeof remove_columns === 'string' ? ['remove_columns'] : ['remove_columns', i];
  return [remove_columns].flat().flatMap((name, i) => columnProblem(features, name, path(i)) ?? []);
}

function optionProblems(params: MapPreprocessParams, config: FeatureExtractorConfig): OutlineProblem[] {
  const problems = extractorOf(config).problems(params, config);
  return problems.map(({ option, ...rest }) => ({ param: [option], ...rest }));
}
