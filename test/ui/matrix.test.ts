import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MatrixResult, StageOutcome } from '../../src/pipeline/run/events/run-events.js';
import { type Line, lineWidth } from '../../src/terminal/line.js';
import { shortId } from '../../src/terminal/short-id.js';
import { liveLines } from '../../src/ui/live-lines.js';
import { foldVariants, matrixLines } from '../../src/ui/matrix-table.js';
import { initialView, reduce } from '../../src/ui/view-model.js';

const text = (line: Line) =>
  line
    .map((piece) => piece.text)
    .join('')
    .trimEnd();

const cell = (
  rate: number,
  accuracy: number,
  status: 'success' | 'failed' = 'success',
): MatrixResult['cells'][number] => ({
  params: { learning_rate: rate, name: 'en-US' },
  status,
  metrics:
    status === 'failed'
      ? {}
      : { test_accuracy: accuracy, test_loss: 0.25, voices_accuracy: accuracy / 2, voices_loss: 1 },
  seconds: 63,
  stages: { data: 'data', model: `model[learning_rate=${rate}]` },
});

const matrix: MatrixResult = {
  metric: 'test_accuracy',
  greaterIsBetter: true,
  best: 1,
  cells: [cell(1e-5, 0.5), cell(0.001, 0.75), cell(0.1, 0, 'failed')],
};

test('a row per cell: parameters, the deciding metric first, time, and the best one marked', () => {
  assert.deepEqual(matrixLines(matrix, 120).map(text), [
    '  learning_rate  name   test accuracy  voices accuracy  test loss  voices loss    time',
    '  1e-5           en-US          0.500            0.250      0.250        1.000  1m 03s',
    '  0.001          en-US          0.750            0.375      0.250        1.000  1m 03s  ← best',
    '  0.1            en-US                                                                  failed',
  ]);
});

test('a narrow terminal gets fewer metrics, the deciding one always', () => {
  const lines = matrixLines(matrix, 60);
  assert.ok(lines.every((line) => lineWidth(line) <= 60));
  assert.match(text(lines[0]!), /test accuracy/);
  assert.doesNotMatch(text(lines[0]!), /voices loss/);
});

test('macro F1 of the deciding split comes before the accuracies of other splits', () => {
  const names = ['test_loss', 'a_accuracy', 'a_f1_macro', 'b_accuracy', 'test_accuracy', 'test_f1_macro'];
  const metrics = Object.fromEntries(names.map((name) => [name, 0.5]));
  const cells = [{ ...cell(0.1, 0.5), metrics }];
  const [head] = matrixLines({ ...matrix, best: 0, cells }, 160).map(text);
  const order = ['test accuracy', 'test f1 macro', 'a accuracy', 'b accuracy', 'a f1 macro', 'test loss'];
  assert.deepEqual(
    [...head!.matchAll(/(?:test|a|b) [a-z1 ]+?(?= {2}|$)/g)].map(([name]) => name),
    order,
  );
});

test('the summary groups the cells of a stage', () => {
  const stage = (id: string, status: StageOutcome['status'], because: string[] = []): StageOutcome => ({
    id,
    uses: 'train',
    status,
    because,
    seconds: 2,
  });
  const folded = foldVariants(
    [
      stage('data', 'hit'),
      stage('model[learning_rate=0.00001]', 'hit'),
      stage('model[learning_rate=0.001]', 'run', ['never run']),
      stage('model[learning_rate=0.1]', 'failed', ['never run']),
    ],
    {
      ...matrix,
      cells: [
        cell(0.001, 1),
        cell(0.1, 1),
        { ...cell(1, 1), stages: { model: 'model[learning_rate=0.00001]' } },
      ],
    },
  );
  assert.deepEqual(
    folded.map(({ id, status, tally, because, seconds }) => [id, status, tally, because, seconds]),
    [
      ['data', 'hit', undefined, [], 2],
      ['model', 'failed', '1 hit, 1 run, 1 failed', ['never run'], 6],
    ],
  );
});

test('an id that does not fit keeps what distinguishes the cells', () => {
  const id = 'model[learning_rate=0.001,seed=1]';
  assert.equal(shortId(id, 40), id);
  assert.equal(shortId(id, 20), 'model[0.001,1]');
  assert.equal(shortId(id, 12), 'mo…[0.001,1]');
  assert.equal(shortId('features-of-speech', 10), 'features-…');
});

test('while cells run, the live region stays below the height, distinguishes cells, and sums up what runs one at a time', () => {
  const cells = Array.from({ length: 30 }, (_, i) => `model[learning_rate=0.001,seed=${i}]`);
  const stages = cells.map((id) => ({
    id,
    uses: 'train',
    status: 'run' as const,
    because: ['never run'],
    predictedSeconds: 60,
    alone: true,
  }));
  const started = { format: 1 as const, run: 'r', pipeline: 'p', recipe: 'p.yaml', engine: 'cpu' };
  const view = reduce(initialView, { at: 0, type: 'run-started', ...started, stages });
  const lines = liveLines(view, { columns: 60, rows: 12 }, 0, 0).map(text);
  assert.ok(lines.length <= 10);
  assert.match(lines[0]!, /model\[0\.001,0\]/);
  assert.match(lines[1]!, /model\[0\.001,1\]/);
  assert.match(lines.at(-1)!, /≈ 30m 00s left/);
  const footer = (predictedRange: [number, number]) => {
    const ranged = stages.slice(0, 2).map((each) => ({ ...each, predictedRange }));
    const soon = reduce(initialView, { at: 0, type: 'run-started', ...started, stages: ranged });
    return liveLines(soon, { columns: 60, rows: 12 }, 0, 0).map(text).at(-1)!;
  };
  assert.match(footer([0.1, 0.4]), /≈ 1s left/);
  assert.match(footer([1, 4]), /≈ 2s to 8s left/);
});

test('folds end with mean and spread, per combination of the other parameters', () => {
  const metrics = (mean: number, of = 2) => ({
    test_accuracy: { mean, std: 0.025, of },
    test_loss: { mean: 0.25, of: 1 },
  });
  const folds: MatrixResult = {
    metric: 'test_accuracy',
    cells: [0, 1].map((fold) => ({ ...cell(0.1, 0.5), params: { rate: 0.1, fold } })),
    repetitions: {
      over: ['fold'],
      best: 0,
      groups: [
        { params: { rate: 0.1 }, cells: 2, metrics: metrics(0.5) },
        { params: { rate: 0.2 }, cells: 2, metrics: metrics(0.4, 1) },
      ],
    },
  };
  const lines = matrixLines(folds, 120).map(text);
  assert.match(lines.at(-2)!, /^ {2}0\.1 +mean +0\.500 ± 0\.025 +0\.250 +← best, 1 of 2 cells$/);
  assert.match(lines.at(-1)!, /^ {2}0\.2 +mean +0\.400 ± 0\.025 +0\.250 +1 of 2 cells$/);
  assert.doesNotMatch(lines.slice(0, -2).join('\n'), /best/);
});
