import { type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { checkClipColumn, clipsOfRows } from '../src/learning/training/clips-of-rows.js';
import { checkColumns, checkSplit, rowCounts } from '../src/learning/training/dataset-checks.js';
import { checkAccuracyParams, thresholdsOf } from '../src/learning/training/evaluate-checks.js';
import type { Evaluated } from '../src/learning/training/evaluate-split.js';
import { checkGroups } from '../src/learning/training/evaluation/group-columns.js';
import { checkFrozen, statesOf } from '../src/learning/training/frozen/hidden-states-column.js';
import { checkDefined, checkMetrics } from '../src/learning/training/named-metrics.js';
import {
  formatMain,
  MAIN_METRIC,
  type ProblemType,
  problemTypeOf,
} from '../src/learning/training/problem-type.js';
import type { SplitReport } from '../src/learning/training/split-reports.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { EvaluateParams } from '../src/stage/params.js';
import { count } from '../src/util/words.js';

const CACHE_BYTES = 2 ** 30;

/**
 * `Trainer.evaluate()` with accuracy and F1, and what is worth looking into: classes, confusion matrix,
 * predictions.
 */
const evaluate = defineBuiltIn<EvaluateParams>()({
  name: 'evaluate',
  description: 'Measures a trained model on splits of a dataset.',
  inputs: { model: { kind: 'model' }, dataset: { kind: 'dataset' } },
  output: 'report',
  usesEngine: true,
  cores: 'all',

  outline({ params, inputs, problem }) {
    const { dataset, model } = inputs;
    if (dataset === undefined) return { kind: 'report' };
    checkSplits(dataset.splits, params, problem);
    checkGroups(dataset.features, params, problem);
    checkClipColumn(dataset.features, params, problem);
    // A model whose classes are unknown comes from a training that has reported why; once is enough.
    const alreadyReported = model !== undefined && model.labels === undefined;
    const problem_type = model?.problem_type as ProblemType | undefined;
    const labels = checkColumns(dataset.features, { ...params, problem_type }, (found) => {
      if (!(alreadyReported && found.param[0] === 'label_column')) problem(found);
    });
    checkMetrics(params, labels ?? model?.labels, problem);
    if (labels !== undefined && model?.labels !== undefined)
      checkLabels(labels, model.labels, params, problem);
    checkAccuracyParams(params, problem_type, problem);
    thresholdsOf(params, problem_type, labels, problem);
    return { kind: 'report' };
  },

  readsSplits: ({ split }) => ({ dataset: [split].flat() }),

  rows: ({ split }, rowsOf) => [split].flat().reduce((sum, name) => sum + rowsOf('dataset', name), 0),

  cost: ({ split }) => [split].flat().length,

  judgedBy: () => ({ metric: 'accuracy', greaterIsBetter: true }),

  async run(context) {
    const { params, inputs, objects, engine, device, cores, signal, progress, log } = context;
    const { dataset, model: artifact } = inputs;
    checkSplits(rowCounts(dataset.splits), params, throwProblem);
    checkGroups(dataset.features, params, throwProblem);
    checkClipColumn(dataset.features, params, throwProblem);
    const { loadModel } = await import('../src/learning/model/checkpoint.js');
    const files = await Promise.all(
      Object.entries(artifact.files).map(async ([name, ref]) => ({ name, path: await objects.pathOf(ref) })),
    );
    const model = await loadModel(files);
    const problem_type = problemTypeOf(model);
    const labels =
      checkColumns(dataset.features, { ...params, problem_type }, throwProblem) ?? artifact.labels;
    checkMetrics(params, labels, throwProblem);
    checkLabels(labels, artifact.labels, params, throwProblem);
    checkAccuracyParams(params, problem_type, throwProblem);
    const thresholds = thresholdsOf(params, problem_type, labels, throwProblem);
    const states = statesOf(dataset.features, params.input_column);
    const part = states && checkFrozen(states, params.input_column, model);
    const { openDataset } = await import('../src/learning/data/dataset.js');
    const { clipNamesOf } = await import('../src/learning/data/clip-names.js');
    const { openExamples } = await import('../src/learning/training/examples.js');
    const reader = openDataset(dataset, objects, { cacheBytes: CACHE_BYTES });
    const { paddingOf } = await import('../src/learning/audio/padding.js');
    const padding = await paddingOf(files);
    const clipName = clipNamesOf(context.clips, objects);
    const { label_column, input_column, batch_size } = params;
    const splits = await Promise.all(
      [params.split].flat().map((split) =>
        openExamples(reader, {
          split,
          label_column,
          input_column,
          labels,
          problem_type,
          config: model.config,
          part,
          padding,
          clipName,
        }),
      ),
    );
    for (const examples of splits) checkDefined(params, examples, throwProblem);

    const { openEngine } = await import('../src/engine/open-engine.js');
    const asked = [engine, { threads: cores, device }] as Parameters<typeof openEngine>;
    const opened = await openEngine(...asked);
    const { evaluateSplit } = await import('../src/learning/training/evaluate-split.js');
    const { evaluatedWarnings } = await import('../src/learning/training/label-warnings.js');
    const { readEtudeFile } = await import('../src/learning/model/etude-file.js');
    const untrained = (await readEtudeFile(files))?.untrained_labels ?? [];
    const trained = new Set(labels.flatMap((name, id) => (untrained.includes(name) ? [] : id)));
    const { groupingsOf } = await import('../src/learning/training/evaluation/group-columns.js');
    const { samplingRateOf } = await import('../src/learning/audio/preprocessor-config.js');
    const rate = params.duration_bins === undefined ? Number.NaN : await samplingRateOf(files);
    const metrics: Record<string, Record<string, number>> = {};
    const texts: string[] = [];
    const reports: Record<string, Awaited<ReturnType<typeof objects.put>>> = {};
    const total = splits.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    for (const examples of splits) {
      const phase = examples.split;
      const onRows = (rows: number) => progress({ done: done + rows, total, unit: 'clips', phase });
      const groupings = await groupingsOf(reader, examples, params, rate);
      const clips = await clipsOfRows(reader, examples, params);
      const how = {
        batchSize: batch_size,
        signal,
        seed: params.seed,
        groupings,
        clips,
        measured: params,
        thresholds,
      };
      const evaluated = await evaluateSplit(model, examples, { ...how, progress: onRows });
      const measured = 'labels' in evaluated ? { split: examples.split, labels: evaluated.labels } : examples;
      done += examples.size;
      metrics[examples.split] = evaluated.metrics;
      const size = clips === undefined ? '' : `, ${count(clips.rows.length, 'clip')}`;
      texts.push(`${mainText(evaluated, problem_type)} (${examples.split}${size})`);
      for (const sentence of evaluatedWarnings(problem_type, labels, trained, measured, evaluated.metrics))
        log('warning', sentence);
      reports[`${fileName(examples.split)}.json`] = await objects.put(Buffer.from(evaluated.report));
    }
    await opened.dispose();
    return {
      artifact: { kind: 'report', metrics, files: reports },
      summary: `${MAIN_METRIC[problem_type]} ${texts.join('; ')}`,
    };
  },
});

export default evaluate;

function checkSplits(
  splits: Readonly<Record<string, number | undefined>>,
  params: EvaluateParams,
  report: Report,
): void {
  const { split } = params;
  if (typeof split === 'string') checkSplit(splits, split, ['split'], report);
  else
    split.forEach((name, index) => {
      checkSplit(splits, name, ['split', index], report);
    });
}

/** Labels are compared by number: the classes must be the same, in the same order. */
function checkLabels(
  data: readonly string[],
  model: readonly string[],
  params: EvaluateParams,
  report: Report,
): void {
  if (data.length === model.length && data.every((name, id) => name === model[id])) return;
  const show = (names: readonly string[]) =>
    `${count(names.length, 'class')}: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
  report({
    param: ['label_column'],
    message: `the classes of column '${params.label_column}' are not the model's`,
    expected: show(model),
    got: show(data),
  });
}

function fileName(split: string): string {
  return split.replace(/[^\w.-]/g, '_');
}

/** `0.93 [0.90–0.95], baseline 0.07`: accuracy, its 95 % interval, that of the most frequent class. */
function mainText(evaluated: Evaluated | SplitReport, type: ProblemType): string {
  if (!('intervals' in evaluated)) return formatMain(evaluated.metrics[MAIN_METRIC[type]]!);
  const { metrics, intervals, baseline, groups } = evaluated;
  const [low, high] = intervals.accuracy.map((end) => end.toFixed(2));
  const worst = groups.map(({ by, worst, groups: all }) => {
    const { accuracy, num_rows } = all.find(({ group }) => group === worst)!;
    return `, worst ${by} ${worst} ${accuracy.toFixed(2)} of ${num_rows}`;
  });
  const reference = `baseline ${baseline.accuracy.toFixed(2)}`;
  return `${metrics.accuracy.toFixed(2)} [${low}–${high}], ${reference}${worst.join('')}`;
}
