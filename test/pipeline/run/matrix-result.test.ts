import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import type { Pipeline } from '../../../src/pipeline/recipe/pipeline.js';
import type { StageOutcome } from '../../../src/pipeline/run/events/run-events.js';
import { bestMetrics, matrixMetricNames, matrixResult } from '../../../src/pipeline/run/matrix-result.js';
import train from '../../../stages/train.js';

/** Two seeds; the data stage is shared. */
function pipeline(training: Record<string, unknown>): Pipeline {
  const variant = (id: string, seed: number, name: string) => ({
    id: `${id}[seed=${seed}]`,
    variantOf: id,
    cell: { seed },
    type: name === 'train' ? train : { name },
    with: name === 'train' ? training : {},
  });
  const stages = [
    { id: 'data', type: { name: 'load' }, with: {} },
    ...[1, 2, 3].flatMap((seed) => [variant('model', seed, 'train'), variant('scores', seed, 'evaluate')]),
  ];
  const cells = [1, 2, 3].map((seed) => ({
    params: { seed },
    stages: { data: 'data', model: `model[seed=${seed}]`, scores: `scores[seed=${seed}]` },
  }));
  return { stages, cells } as unknown as Pipeline;
}

const entry = (artifact: object, seconds: number) => ({ artifact, seconds }) as unknown as Entry;

/** Entries of the stages with these accuracies and losses of the test split. */
function entriesOf(numbers: [accuracy: number, loss: number][], reports = true): Map<string, Entry> {
  const entries = new Map([['data', entry({ kind: 'dataset' }, 100)]]);
  for (const [index, [accuracy, loss]] of numbers.entries()) {
    const metrics = { accuracy, loss };
    entries.set(`model[seed=${index + 1}]`, entry({ kind: 'model', metrics }, 10));
    const report = reports ? { kind: 'report', metrics: { test: metrics } } : { kind: 'report', metrics: {} };
    entries.set(`scores[seed=${index + 1}]`, entry(report, 2));
  }
  return entries;
}

const done = new Map<string, StageOutcome>();

test('the best cell has the highest accuracy on the first split; the first one wins ties', () => {
  const numbers: [number, number][] = [
    [0.5, 0.3],
    [0.9, 0.4],
    [0.9, 0.2],
  ];
  const result = matrixResult(pipeline({}), entriesOf(numbers), done)!;
  assert.deepEqual([result.metric, result.greaterIsBetter, result.best], ['test_accuracy', true, 1]);
  assert.deepEqual(result.cells[2]!.metrics, { test_accuracy: 0.9, test_loss: 0.2 });
});

test('the metric that the training is judged by decides, in its direction; NaN does not count', () => {
  const numbers: [number, number][] = [
    [0.5, Number.NaN],
    [0.6, 0.2],
    [0.9, 0.4],
  ];
  const of = (training: Record<string, unknown>) => {
    const { metric, greaterIsBetter, best } = matrixResult(pipeline(training), entriesOf(numbers), done)!;
    return [metric, greaterIsBetter, best];
  };
  assert.deepEqual(of({ metric_for_best_model: 'eval_loss' }), ['test_loss', false, 1]);
  assert.deepEqual(of({ metric_for_best_model: 'loss', greater_is_better: true }), ['test_loss', true, 2]);
  assert.deepEqual(of({ metric_for_best_model: 'f1_macro' }), [undefined, undefined, undefined]);
});

test('if no stage type says what results are judged by, none is the best', () => {
  const plain = pipeline({});
  const stages = plain.stages.map((stage) => ({ ...stage, type: { ...stage.type, judgedBy: undefined } }));
  const numbers: [number, number][] = [
    [0.5, 0.3],
    [0.9, 0.4],
  ];
  const result = matrixResult({ ...plain, stages }, entriesOf(numbers), done)!;
  assert.deepEqual([result.metric, result.best], [undefined, undefined]);
  assert.deepEqual(result.cells[1]!.metrics, { test_accuracy: 0.9, test_loss: 0.4 });
});

test("a cell's time is that of its own stages; an unfinished cell does not count", () => {
  const entries = entriesOf([
    [0.5, 1],
    [0.6, 1],
  ]);
  const failed = new Map([['model[seed=3]', { status: 'failed' } as StageOutcome]]);
  const { cells, best } = matrixResult(pipeline({}), entries, failed)!;
  assert.deepEqual(
    cells.map(({ status, seconds }) => [status, seconds]),
    [
      ['success', 12],
      ['success', 12],
      ['failed', 0],
    ],
  );
  assert.equal(best, 1);
  assert.equal(matrixResult(pipeline({}), entries, done)!.cells[2]!.status, 'skipped');
});

test('without a report, the last evaluation of the training counts', () => {
  const entries = entriesOf(
    [
      [0.5, 1],
      [0.6, 1],
      [0.4, 1],
    ],
    false,
  );
  const { metric, best, cells } = matrixResult(pipeline({}), entries, done)!;
  assert.deepEqual([metric, best], ['eval_accuracy', 1]);
  assert.deepEqual(cells[0]!.metrics, { eval_accuracy: 0.5, eval_loss: 1 });
});

test('a recipe without a matrix has no such result', () => {
  const { cells: _, ...plain } = pipeline({});
  assert.equal(matrixResult(plain as Pipeline, new Map(), done), undefined);
});

test('cells that differ in the fold alone are taken together: mean, sample deviation, no best cell', () => {
  const folded = pipeline({});
  const withFold = (seed: number) => ({
    id: `parts[seed=${seed}]`,
    variantOf: 'parts',
    cell: { seed },
    type: { name: 'split', repeatedBy: 'fold' },
    with: { fold: seed },
  });
  const stages = [...[1, 2, 3].map(withFold), ...folded.stages];
  const cells = folded.cells!.map((cell) => ({
    ...cell,
    stages: { parts: `parts[seed=${cell.params.seed}]`, ...cell.stages },
  }));
  const entries = entriesOf([
    [0.5, 1],
    [0.7, 2],
    [0.9, 6],
  ]);
  for (const seed of [1, 2, 3]) entries.set(`parts[seed=${seed}]`, entry({ kind: 'dataset' }, 1));
  const result = matrixResult({ ...folded, stages, cells } as unknown as Pipeline, entries, done)!;
  assert.equal(result.best, undefined);
  const { over, best, groups } = result.repetitions!;
  assert.deepEqual([over, best, groups.length], [['seed'], 0, 1]);
  const { test_accuracy, test_loss } = groups[0]!.metrics;
  assert.deepEqual([groups[0]!.params, groups[0]!.cells, test_loss!.mean, test_loss!.of], [{}, 3, 3, 3]);
  assert.ok(Math.abs(test_loss!.std! - Math.sqrt(7)) < 1e-12);
  assert.ok(Math.abs(test_accuracy!.std! - 0.2) < 1e-12);
  assert.ok(Math.abs(bestMetrics(result).test_accuracy! - 0.7) < 1e-12);
  // A stage whose own parameter has another value does not repeat what the matrix varies.
  const fixed = stages.map((stage) => ({ ...stage, with: { ...stage.with, fold: 1 } }));
  const plain = matrixResult({ ...folded, stages: fixed, cells } as unknown as Pipeline, entries, done)!;
  assert.deepEqual([plain.repetitions, plain.best], [undefined, 2]);
});

test('a metric whose name ends like the deciding one does not decide', () => {
  const entries = entriesOf([]);
  for (const [index, cost] of [3, 1, 2].entries()) {
    const metrics = { test: { total_cost: -cost, cost } };
    entries.set(`scores[seed=${index + 1}]`, entry({ kind: 'report', metrics }, 2));
  }
  const training = { metric_for_best_model: 'cost', greater_is_better: false };
  const result = matrixResult(pipeline(training), entries, done)!;
  assert.deepEqual([result.metric, result.best], ['test_cost', 1]);
  assert.deepEqual(matrixMetricNames(pipeline(training), entries), {
    test_total_cost: { split: 'test', metric: 'total_cost' },
    test_cost: { split: 'test', metric: 'cost' },
  });
});
