import { splitName } from '../src/learning/data/clip-names.js';
import { type Report, throwProblem } from '../src/learning/data/name-problems.js';
import { clipsOfRows } from '../src/learning/training/clips-of-rows.js';
import { rowCounts } from '../src/learning/training/dataset-checks.js';
import { checkAccuracyParams, thresholdsOf } from '../src/learning/training/evaluate-checks.js';
import type { Evaluated } from '../src/learning/training/evaluate-split.js';
import {
  checkEvaluated,
  checkHasWeights,
  checkSplitNames,
  datasetInputs,
  evaluatedSplits,
} from '../src/learning/training/evaluation/evaluated-data.js';
import { checkBins } from '../src/learning/training/evaluation/group-columns.js';
import { countParts } from '../src/learning/training/evaluation/logits-in-parts.js';
import { checkFrozen, statesOf } from '../src/learning/training/frozen/hidden-states-column.js';
import { checkDefined, checkMetrics, TAKEN } from '../src/learning/training/named-metrics.js';
import { loadOwnMetrics, metricModules } from '../src/learning/training/own-metrics.js';
import {
  formatMain,
  MAIN_METRIC,
  type ProblemType,
  problemTypeOf,
} from '../src/learning/training/problem-type.js';
import type { SplitReport } from '../src/learning/training/split-reports.js';
import type { DatasetArtifact } from '../src/stage/artifact.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { EvaluateParams } from '../src/stage/params.js';
import type { Outline } from '../src/stage/stage-type.js';
import { count } from '../src/util/words.js';

type DatasetOutline = Extract<Outline, { kind: 'dataset' }>;

/** Of decoded chunks, in all. */
const CACHE_BYTES = 2 ** 30;

/**
 * `Trainer.evaluate()` with accuracy and F1, and what is worth looking into: classes, confusion matrix,
 * predictions.
 */
const evaluate = defineBuiltIn<EvaluateParams>()({
  name: 'evaluate',
  description: 'Measures a trained model on splits of one or several datasets.',
  inputs: { model: { kind: 'model' }, dataset: { kind: 'dataset', many: true } },
  output: 'report',
  usesEngine: true,
  cores: 'all',

  async outline({ params, inputs, place, problem }) {
    const { model } = inputs;
    checkHasWeights(model, problem);
    await loadOwnMetrics(params.metrics, TAKEN, place, problem);
    const datasets = inputs as Record<string, DatasetOutline | undefined>;
    const names = datasetInputs(Object.keys(inputs));
    checkSplitNames(params, names, problem);
    // A model whose classes are unknown comes from a training that has reported why; once is enough.
    const alreadyReported = model !== undefined && model.labels === undefined;
    const problem_type = model?.problem_type as ProblemType | undefined;
    for (const input of names) {
      const data = datasets[input];
      // Of a model about which nothing is known, any kind of labels may be right.
      const isUnknown = model === undefined && Object.hasOwn(data?.features ?? {}, params.label_column);
      const report: Report = (found) => {
        if (!((alreadyReported || isUnknown) && found.param[0] === 'label_column')) problem(found);
      };
      if (data !== undefined)
        checkEvaluated(input, data, params, { labels: model?.labels, problem_type }, report);
    }
    checkBins(params, problem);
    checkMetrics(params, model?.labels, problem);
    checkAccuracyParams(params, problem_type, problem);
    thresholdsOf(params, problem_type, model?.labels, problem);
    return { kind: 'report' };
  },

  modules: ({ metrics }) => metricModules(metrics),

  readsSplits: (params, inputs) =>
    Object.fromEntries(datasetInputs(inputs).map((input) => [input, evaluatedSplits(params, input)])),

  rows: (params, rowsOf, inputs) =>
    datasetInputs(inputs)
      .flatMap((input) => evaluatedSplits(params, input).map((split) => rowsOf(input, split)))
      .reduce((sum, rows) => sum + rows, 0),

  cost: ({ split }) => [typeof split === 'string' ? split : Object.values(split)].flat(2).length,

  parts: (params, inputs) =>
    datasetInputs(Object.keys(inputs))
      .flatMap((input) => {
        const { splits } = (inputs as unknown as Record<string, DatasetArtifact>)[input]!;
        return evaluatedSplits(params, input).map((split) => splits[split]?.num_rows ?? 0);
      })
      .reduce((sum, rows) => sum + countParts(rows, params.batch_size), 0),

  judgedBy: () => ({ metric: 'accuracy', greaterIsBetter: true }),

  async run(context) {
    const { params, inputs, objects, engine, device, cores, signal, progress, log } = context;
    const { chunks, code, shard } = context;
    const ownMetrics = await loadOwnMetrics(params.metrics, TAKEN, context.place, throwProblem);
    const { model: artifact } = inputs;
    const datasets = inputs as unknown as Record<string, DatasetArtifact>;
    const names = datasetInputs(Object.keys(inputs));
    checkSplitNames(params, names, throwProblem);
    checkBins(params, throwProblem);
    const { loadModel } = await import('../src/learning/model/checkpoint.js');
    const files = await Promise.all(
      Object.entries(artifact.files).map(async ([name, ref]) => ({ name, path: await objects.pathOf(ref) })),
    );
    const model = await loadModel(files, { lazily: true });
    const problem_type = problemTypeOf(model);
    const { labels } = artifact;
    const { openDataset } = await import('../src/learning/data/dataset.js');
    const evaluated = names.map((input) => {
      const dataset = datasets[input]!;
      const { features } = dataset;
      const known = { labels, problem_type };
      const ids = checkEvaluated(
        input,
        { features, splits: rowCounts(dataset.splits) },
        params,
        known,
        throwProblem,
      );
      const states = statesOf(features, params.input_column);
      const part = states && checkFrozen(states, params.input_column, model);
      const splits = evaluatedSplits(params, input).map((split) => [
        splitName(input, split),
        dataset.splits[split]!,
      ]);
      const cacheBytes = CACHE_BYTES / names.length;
      const named = { ...dataset, splits: Object.fromEntries(splits) };
      return { ids, part, dataset: named, reader: openDataset(named, objects, { cacheBytes }) };
    });
    checkMetrics(params, labels, throwProblem);
    checkAccuracyParams(params, problem_type, throwProblem);
    const thresholds = thresholdsOf(params, problem_type, labels, throwProblem);
    const { clipNamesOf } = await import('../src/learning/data/clip-names.js');
    const { openExamples, MASK_COLUMN } = await import('../src/learning/training/examples.js');
    const { paddingOf } = await import('../src/learning/audio/padding.js');
    const padding = await paddingOf(files);
    const clipName = clipNamesOf(context.clips, objects);
    const { label_column, input_column, batch_size } = params;
    const { config } = model;
    const common = { label_column, input_column, labels, problem_type, config, padding, clipName };
    const opened = await Promise.all(
      evaluated.flatMap(({ reader, ids, part, dataset }) =>
        reader.splits.map(async (split) => ({
          reader,
          dataset,
          examples: await openExamples(reader, { ...common, split, ids, part }),
        })),
      ),
    );
    for (const { examples } of opened) checkDefined(params, examples, throwProblem);

    const { openEngine } = await import('../src/engine/open-engine.js');
    const asked = [engine, { threads: cores, device }] as Parameters<typeof openEngine>;
    const session = await openEngine(...asked);
    const { evaluateSplit, splitLogits } = await import('../src/learning/training/evaluate-split.js');
    const { evaluatedWarnings } = await import('../src/learning/training/label-warnings.js');
    const { readEtudeFile } = await import('../src/learning/model/read-etude-file.js');
    const untrained = (await readEtudeFile(files))?.untrained_labels ?? [];
    const trained = new Set(labels.flatMap((name, id) => (untrained.includes(name) ? [] : id)));
    const { groupingsOf } = await import('../src/learning/training/evaluation/group-columns.js');
    const { samplingRateOf } = await import('../src/learning/audio/read-preprocessor-config.js');
    const rate = params.duration_bins === undefined ? Number.NaN : await samplingRateOf(files);
    const metrics: Record<string, Record<string, number>> = {};
    const texts: string[] = [];
    const reports: Record<string, Awaited<ReturnType<typeof objects.put>>> = {};
    const rows = opened.reduce((sum, { examples }) => sum + examples.size, 0);
    const total = Math.ceil(rows / (shard?.count ?? 1));
    const { resolveEngine } = await import('../src/engine/resolve-engine.js');
    const { id } = await resolveEngine({ engine, device: device as never });
    let done = 0;
    let first = 0;
    for (const { reader, examples, dataset } of opened) {
      const phase = examples.split;
      const onRows = (rows: number) => progress({ done: done + rows, total, unit: 'clips', phase });
      const depends = [
        code,
        id,
        artifact.files,
        ...inputsOf(dataset, examples.split, [input_column, MASK_COLUMN]),
      ];
      const store = { objects, chunks, depends, shard, first };
      first += countParts(examples.size, batch_size);
      if (shard !== undefined) {
        const logits = await splitLogits(model, examples, {
          batchSize: batch_size,
          signal,
          store,
          progress: onRows,
        });
        done += logits.length / labels.length;
        continue;
      }
      const groupings = await groupingsOf(reader, examples, params, rate);
      const clips = await clipsOfRows(reader, examples, params);
      const how = {
        batchSize: batch_size,
        signal,
        seed: params.seed,
        groupings,
        clips,
        measured: { ...params, ownMetrics },
        thresholds,
        store,
      };
      const evaluated = await evaluateSplit(model, examples, { ...how, progress: onRows });
      const measured = 'labels' in evaluated ? { split: examples.split, labels: evaluated.labels } : examples;
      done += examples.size;
      metrics[examples.split] = evaluated.metrics;
      const size = clips === undefined ? '' : `, ${count(clips.rows.length, 'clip')}`;
      texts.push(`${mainText(evaluated, problem_type)} (${examples.split}${size})`);
      for (const sentence of evaluatedWarnings(problem_type, labels, trained, measured, evaluated.metrics))
        log('warning', sentence);
      reports[fileName(examples.split, reports)] = await objects.put(Buffer.from(evaluated.report));
    }
    await session.dispose();
    if (shard !== undefined) return { artifact: { kind: 'report', metrics: {}, files: {} } };
    return {
      artifact: { kind: 'report', metrics, files: reports },
      summary: `${MAIN_METRIC[problem_type]} ${texts.join('; ')}`,
    };
  },
});

export default evaluate;

/** Which rows a split has, and what the model takes in of each. */
function inputsOf(
  { features, chunks, splits }: DatasetArtifact,
  split: string,
  names: readonly string[],
): unknown[] {
  const columns = names.filter((name) => Object.hasOwn(features, name));
  const refs = chunks.map(({ rows, columns: all }) => [rows, ...columns.map((name) => all[name]!)]);
  return [columns.map((name) => features[name]), refs, splits[split]];
}

/** A name for the file of a split's report; of two that would be equal, the later has a number. */
function fileName(split: string, taken: Readonly<Record<string, unknown>>): string {
  const safe = split.replace(/[^\w.-]/g, '_');
  for (let i = 1; ; i += 1) {
    const name = `${safe}${i === 1 ? '' : `-${i}`}.json`;
    if (!Object.hasOwn(taken, name)) return name;
  }
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
