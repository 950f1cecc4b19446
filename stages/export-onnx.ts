import { type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { rowCounts } from '../src/learning/training/dataset-checks.js';
import { checkEvaluated, checkHasWeights } from '../src/learning/training/evaluation/evaluated-data.js';
import { statesOf } from '../src/learning/training/frozen/hidden-states-column.js';
import type { ProblemType } from '../src/learning/training/problem-type.js';
import type { Features } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { EvaluateParams, ExportOnnxParams } from '../src/stage/params.js';
import { EtudeError } from '../src/util/errors.js';

/** A trained model as ONNX graphs, in the layout that transformers.js and Optimum read. */
const exportOnnx = defineBuiltIn<ExportOnnxParams>()({
  name: 'export-onnx',
  description: 'Exports a trained model as ONNX graphs, compared with the training engine.',
  inputs: { model: { kind: 'model' }, dataset: { kind: 'dataset' } },
  output: 'model',
  usesEngine: true,
  cores: 'all',

  outline({ params, inputs, problem }) {
    const { model, dataset } = inputs;
    checkHasWeights(model, problem);
    const known = { labels: model?.labels, problem_type: model?.problem_type as ProblemType | undefined };
    if (dataset !== undefined) {
      checkInputs(dataset.features, params, problem);
      checkEvaluated('dataset', dataset, asEvaluation(params), known, problem);
    }
    return { ...(model ?? { kind: 'model' }), isExport: true };
  },

  readsSplits: ({ split }) => ({ dataset: [split] }),

  rows: ({ split, dtype }, rowsOf) => rowsOf('dataset', split) * (dtype.length + 1),

  async run(context) {
    const { params, inputs, objects, engine, device, cores, scratch, signal, progress, log } = context;
    const { model: artifact, dataset } = inputs;
    const { loadModel } = await import('../src/learning/model/checkpoint.js');
    const files = await Promise.all(
      Object.entries(artifact.files).map(async ([name, ref]) => ({ name, path: await objects.pathOf(ref) })),
    );
    const { PREPROCESSOR_CONFIG } = await import('../src/learning/audio/preprocessor-config.js');
    const { readPreprocessorConfig } = await import('../src/learning/audio/read-preprocessor-config.js');
    const { extractorOf } = await import('../src/learning/audio/extractors/index.js');
    const preprocessor = files.find(({ name }) => name === PREPROCESSOR_CONFIG);
    if (preprocessor === undefined)
      throw new EtudeError(`the model has no ${PREPROCESSOR_CONFIG}`, {
        hint: 'Train from a checkpoint that has one: what is exported needs it, too.',
      });
    const extractor = await readPreprocessorConfig(preprocessor.path);
    const model = await loadModel(files);
    const { problemTypeOf } = await import('../src/learning/training/problem-type.js');
    const problem_type = problemTypeOf(model);
    const { labels } = artifact;
    const { features, splits } = dataset;
    const data = { features, splits: rowCounts(splits) };
    checkInputs(features, params, throwProblem);
    const ids = checkEvaluated('dataset', data, asEvaluation(params), { labels, problem_type }, throwProblem);
    const { openDataset } = await import('../src/learning/data/dataset.js');
    const { clipNamesOf } = await import('../src/learning/data/clip-names.js');
    const { paddingIn } = await import('../src/learning/audio/padding.js');
    const { openExamples } = await import('../src/learning/training/examples.js');
    const { split, label_column, input_column } = params;
    const reader = openDataset({ ...dataset, splits: { [split]: splits[split]! } }, objects);
    const examples = await openExamples(reader, {
      ...{ split, label_column, input_column, labels, ids, problem_type },
      config: model.config,
      padding: paddingIn(extractor),
      clipName: clipNamesOf(context.clips, objects),
    });

    const { openEngine } = await import('../src/engine/open-engine.js');
    const asked = [engine, { threads: cores, device }] as Parameters<typeof openEngine>;
    const session = await openEngine(...asked);
    const { exportGraphs } = await import('../src/learning/export/export-graphs.js');
    const { exportedConfig, exportReport, REPORT_FILE, summaryOf } = await import(
      '../src/learning/export/exported-files.js'
    );
    const isFixed = model.config.spectrogram !== undefined;
    const exported = await exportGraphs(model, examples, {
      input: extractorOf(extractor).column,
      masked: !isFixed && (extractor.return_attention_mask || examples.validLengths !== undefined),
      dtypes: params.dtype,
      batchSize: params.batch_size,
      minAgreement: params.min_agreement,
      threads: cores,
      ...{ scratch, objects, signal, progress, log },
    });
    await session.dispose();

    const { ETUDE_FILE } = await import('../src/learning/model/etude-file.js');
    const { savedConfig } = await import('../src/learning/model/save.js');
    const config = exportedConfig(savedConfig(model), exported.dtypes, Object.keys(exported.files));
    const report = exportReport(split, examples.size, exported.dtypes);
    const stored = {
      'config.json': await objects.put(Buffer.from(`${JSON.stringify(config, null, 2)}\n`)),
      [PREPROCESSOR_CONFIG]: artifact.files[PREPROCESSOR_CONFIG]!,
      // How long the clips were that it was trained on: a page listens as long.
      ...(artifact.files[ETUDE_FILE] && { [ETUDE_FILE]: artifact.files[ETUDE_FILE] }),
      [REPORT_FILE]: await objects.put(Buffer.from(report)),
    };
    const graphs = Object.entries(exported.files).map(([name, ref]) => [`onnx/${name}`, ref] as const);
    const metrics = exported.dtypes.map(({ dtype, metric, value }) => [`${metric}_${dtype}`, value] as const);
    return {
      artifact: {
        kind: 'model',
        files: { ...stored, ...Object.fromEntries(graphs) },
        labels,
        num_parameters: artifact.num_parameters,
        metrics: Object.fromEntries(metrics),
      },
      summary: summaryOf(exported.dtypes),
    };
  },
});

export default exportOnnx;

/** The comparison as an evaluation, whose checks of the dataset it shares. */
function asEvaluation({ split, batch_size, label_column, input_column }: ExportOnnxParams): EvaluateParams {
  return { split, batch_size, label_column, input_column, seed: 0, clip_column: '' };
}

/** A graph starts from what the feature extractor makes, not from hidden states. */
function checkInputs(features: Features, { input_column }: ExportOnnxParams, report: Report): void {
  if (statesOf(features, input_column) === undefined) return;
  report({
    param: ['input_column'],
    message: `column '${input_column}' has hidden states`,
    expected: 'a column of what the feature extractor makes: input_values, or input_features',
  });
}
