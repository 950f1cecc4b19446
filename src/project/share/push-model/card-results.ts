import { formatMetric } from '../../../terminal/format.js';
import { lookUp } from '../../../util/look-up.js';
import { markdownCode, markdownTable, markdownText } from '../../run-summary/markdown.js';
import type { EvaluatedSplit, ModelFacts } from './facts.js';
import { metricTitle } from './metadata.js';

/** How well the model does: by split, then by class and by group. */
export function resultsSection({ evaluations, training }: ModelFacts): string {
  const parts = ['## Results'];
  if (evaluations.length > 0) parts.push(splitsTable(evaluations));
  else parts.push(duringTraining(training));
  for (const evaluation of evaluations) {
    if (evaluation.classes.length > 0) parts.push(classesTable(evaluation, training.classes));
    for (const grouped of evaluation.groups) parts.push(groupsTable(evaluation, grouped));
  }
  return parts.join('\n\n');
}

function splitsTable(evaluations: readonly EvaluatedSplit[]): string {
  const names = metricNames(evaluations.map(({ metrics }) => metrics));
  const hasStages = new Set(evaluations.map(({ stage }) => stage)).size > 1;
  const rows = evaluations.map(({ stage, split, rows, seconds, metrics, intervals }) => [
    ...(hasStages ? [markdownCode(stage)] : []),
    markdownCode(split),
    String(rows),
    seconds === undefined ? '' : (seconds / 60).toFixed(1),
    ...names.map((name) => {
      const value = lookUp(metrics, name);
      const ends = lookUp(intervals, name)?.map(formatMetric).join('–');
      return value === undefined ? '' : formatMetric(value) + (ends === undefined ? '' : ` (${ends})`);
    }),
  ]);
  const numeric = ['clips', 'minutes', ...names.map(metricTitle)].map((title) => ({
    title,
    isNumeric: true,
  }));
  const columns = [...(hasStages ? [{ title: 'evaluation' }] : []), { title: 'split' }, ...numeric];
  const table = markdownTable(columns, rows);
  const hasIntervals = evaluations.some(({ intervals }) => Object.keys(intervals).length > 0);
  return hasIntervals ? `${table}\n\nIn parentheses: 95 % intervals (bootstrap).` : table;
}

/** Without an evaluation of its own, what the training said last. */
function duringTraining({ last }: ModelFacts['training']): string {
  if (last === undefined) return 'It has not been evaluated.';
  const metrics = Object.fromEntries(
    Object.entries(last.metrics).map(([name, value]) => [name.replace(/^eval_/, ''), value]),
  );
  const names = metricNames([metrics]);
  const table = markdownTable(
    [{ title: 'split' }, ...names.map((name) => ({ title: metricTitle(name), isNumeric: true }))],
    [[markdownCode(last.split), ...names.map((name) => formatMetric(metrics[name]!))]],
  );
  return `${table}\n\nMeasured during training, whose settings may have been chosen by it; there is no other evaluation.`;
}

/** All metrics, the loss last. */
function metricNames(all: readonly Readonly<Record<string, number>>[]): string[] {
  const names = [...new Set(all.flatMap((metrics) => Object.keys(metrics)))];
  return names.sort((one, other) => Number(one === 'loss') - Number(other === 'loss'));
}

function classesTable({ split, classes }: EvaluatedSplit, trained: ReadonlyMap<string, number>): string {
  const columns = ['precision', 'recall', 'F1', 'clips', ...(trained.size > 0 ? ['clips in training'] : [])];
  const table = markdownTable(
    [{ title: 'class' }, ...columns.map((title) => ({ title, isNumeric: true }))],
    classes.map(({ label, precision, recall, f1, support }) => [
      markdownCode(label),
      ...[precision, recall, f1].map(formatMetric),
      String(support),
      ...(trained.size > 0 ? [String(trained.get(label) ?? 0)] : []),
    ]),
  );
  return `### By class, ${markdownCode(split)}\n\n${table}`;
}

function groupsTable({ split }: EvaluatedSplit, { by, groups }: EvaluatedSplit['groups'][number]): string {
  const table = markdownTable(
    [
      { title: by },
      { title: 'clips', isNumeric: true },
      { title: 'Accuracy', isNumeric: true },
      { title: 'F1 macro', isNumeric: true },
    ],
    groups.map(({ group, rows, accuracy, f1_macro, interval }) => [
      markdownText(group),
      rows === undefined ? '' : String(rows),
      formatMetric(accuracy) + (interval === undefined ? '' : ` (${interval.map(formatMetric).join('–')})`),
      f1_macro === undefined ? '' : formatMetric(f1_macro),
    ]),
  );
  return `### By ${markdownText(by)}, ${markdownCode(split)}\n\n${table}`;
}
