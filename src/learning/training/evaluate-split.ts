import type { Model } from '../model/model.js';
import { computeLogits } from './evaluate.js';
import type { Examples } from './examples.js';
import { LogitsGraph } from './logits-graph.js';
import { classificationMetrics, crossEntropy, predictions } from './metrics.js';
import { plainBatches } from './open-batches.js';

/** The result of evaluating one split. */
export interface Evaluated {
  metrics: { loss: number; accuracy: number; f1_macro: number; f1_weighted: number };
  /** JSON: the metrics, the classes, the confusion matrix and a prediction per row. */
  report: string;
}

/**
 * Runs a model over a split. The engine must be open.
 *
 * @param progress Called with the number of rows done.
 */
export async function evaluateSplit(
  model: Model,
  examples: Examples,
  batchSize: number,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<Evaluated> {
  const { config, labels: names } = model;
  const source = plainBatches(examples, config);
  const graph = new LogitsGraph(model);
  const logits = await computeLogits(source, examples.size, batchSize, graph, signal, progress);
  const { predicted, scores } = predictions(logits, names.length);
  const { labels } = examples;
  const { accuracy, f1_macro, f1_weighted, classes, confusion } = classificationMetrics(
    labels,
    predicted,
    names,
  );
  const metrics = { loss: crossEntropy(logits, labels), accuracy, f1_macro, f1_weighted };
  const rows = labels.map((label, row) => ({
    row,
    label: names[label],
    predicted: names[predicted[row]!],
    score: scores[row],
  }));
  const lines = (items: readonly unknown[]) =>
    `[\n    ${items.map((item) => JSON.stringify(item)).join(',\n    ')}\n  ]`;
  const fields = {
    split: JSON.stringify(examples.split),
    num_rows: String(examples.size),
    metrics: JSON.stringify(metrics),
    labels: JSON.stringify(names),
    classes: lines(classes),
    confusion_matrix: lines(confusion),
    predictions: lines(rows),
  };
  const body = Object.entries(fields).map(([name, text]) => `  "${name}": ${text}`);
  return { metrics, report: `{\n${body.join(',\n')}\n}\n` };
}
