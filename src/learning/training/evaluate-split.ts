import type { Model } from '../model/model.js';
import { aggregateRows, type ClipsOfRows, measuredClips, measuredRow } from './clips-of-rows.js';
import { bootstrapIntervals, type Intervals } from './evaluation/bootstrap-intervals.js';
import { type Grouping, type GroupReport, groupReport } from './evaluation/groups.js';
import { type LogitsStore, logitsInParts } from './evaluation/logits-in-parts.js';
import type { Examples } from './examples.js';
import { majorityBaseline } from './label-warnings.js';
import { fixedLogits } from './logits-session.js';
import { classificationMetrics, classScores, crossEntropy, predictions } from './metrics.js';
import { type NamedMetrics, namedMetrics } from './named-metrics.js';
import { plainBatches } from './open-batches.js';
import { problemTypeOf } from './problem-type.js';
import { formatReport, labelsReport, numbersReport, type SplitReport } from './split-reports.js';

/** What turns logits into scores. */
const ACTIVATIONS = {
  single_label_classification: 'softmax',
  multi_label_classification: 'sigmoid',
  regression: 'none',
} as const;

/** The result of evaluating one split whose clips have one class each. */
export interface Evaluated {
  /** Also those of `measured` and, if there are groups, worst_group_accuracy: the lowest accuracy of any. */
  metrics: Record<'loss' | 'accuracy' | 'f1_macro' | 'f1_weighted', number> & Record<string, number>;
  intervals: Intervals;
  /** The most frequent class, and the accuracy of always answering it. */
  baseline: { label: string; accuracy: number };
  groups: GroupReport[];
  /** Class numbers of what was measured: of rows, or of the clips that they are windows of. */
  labels: readonly number[];
  /**
   * JSON: all of that, the classes, the confusion matrix, and a prediction per row (or clip) with every
   * class's score.
   */
  report: string;
}

/** How a split is evaluated. */
export interface EvaluateOptions {
  batchSize: number;
  signal: AbortSignal;
  /** Of the bootstrap. */
  seed: number;
  groupings?: readonly Grouping[];
  /** Further metrics. */
  measured?: NamedMetrics;
  /** Measures clips instead of rows. */
  clips?: ClipsOfRows;
  /** Where a clip may have several labels: the probability above which it has each. */
  thresholds?: readonly number[];
  /** Where the logits are that shards have computed. */
  store: LogitsStore;
  /** Called with the number of rows done. */
  progress(done: number): void;
}

/** Runs a model over a split. The engine must be open. */
export async function evaluateSplit(
  model: Model,
  examples: Examples,
  {
    batchSize,
    signal,
    seed,
    groupings: rowGroupings = [],
    measured = {},
    thresholds,
    clips,
    store,
    progress,
  }: EvaluateOptions,
): Promise<Evaluated | SplitReport> {
  const { labels: names } = model;
  const all = await splitLogits(model, examples, { batchSize, signal, store, progress });
  const type = problemTypeOf(model);
  const { logits, means } = clips
    ? aggregateRows(all, names.length, clips, ACTIVATIONS[type])
    : { logits: all, means: all };
  const width = type === 'single_label_classification' ? 1 : names.length;
  const labels = clips
    ? clips.rows.flatMap(([row]) => examples.labels.slice(row! * width, (row! + 1) * width))
    : examples.labels;
  const outcome = { split: examples.split, num_rows: examples.size, logits, means, labels, names, clips };
  if (type === 'regression') return numbersReport(outcome);
  if (type === 'multi_label_classification') return labelsReport(outcome, thresholds);
  const { predicted, scores } = predictions(logits, names.length);
  const { accuracy, f1_macro, f1_weighted, classes, confusion } = classificationMetrics(
    labels,
    predicted,
    names,
  );
  const { split } = examples;
  const intervals = bootstrapIntervals(labels, predicted, { classes: names.length, seed, stream: split });
  const majority = majorityBaseline(labels);
  const baseline = { label: names[majority.label]!, accuracy: majority.accuracy };
  const groupings = clips ? rowGroupings.map((each) => groupingOfClips(each, clips)) : rowGroupings;
  const groups = groupings.map((grouping) =>
    groupReport(grouping, { labels, predicted }, { names, seed, stream: split }),
  );
  const worst = Math.min(...groups.flatMap((each) => each.groups.map((group) => group.accuracy)));
  const metrics = {
    loss: crossEntropy(means, labels),
    accuracy,
    f1_macro,
    f1_weighted,
    ...namedMetrics(measured, { labels, predicted, logits, names }),
    ...(groups.length > 0 && { worst_group_accuracy: worst }),
  };
  const shares = classScores(logits, names.length);
  const rows = labels.map((label, i) => ({
    ...measuredRow(i, clips),
    label: names[label],
    predicted: names[predicted[i]!],
    score: scores[i],
    scores: shares[i],
    ...(groupings.length > 0 && { groups: groupings.map((grouping) => grouping.groups[i]) }),
  }));
  const report = formatReport([
    { split, num_rows: examples.size },
    measuredClips(clips),
    { metrics, intervals, baseline },
    groups.length > 0 ? { groups } : {},
    { labels: names, classes, confusion_matrix: confusion, predictions: rows },
  ]);
  return { metrics, intervals, baseline, groups, labels, report };
}

/** Logits of all rows; of a shard, of its own parts. The engine must be open. */
export function splitLogits(
  model: Model,
  examples: Examples,
  { store, ...how }: Pick<EvaluateOptions, 'batchSize' | 'signal' | 'store' | 'progress'>,
): Promise<Float32Array> {
  const source = plainBatches(examples, model.config);
  const graph = fixedLogits(model, examples.validLengths !== undefined);
  return logitsInParts({ source, size: examples.size, graph, ...how }, store);
}

/** The groups of the clips: those of their first rows. */
function groupingOfClips({ by, groups }: Grouping, { rows }: ClipsOfRows): Grouping {
  return { by, groups: rows.map(([row]) => groups[row!]!) };
}
