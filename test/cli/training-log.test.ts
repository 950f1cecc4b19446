import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { readTrainingLog, type TrainingLog, trainingLogLines } from '../../src/cli/show/training-log.js';
import { paint } from '../../src/terminal/line.js';
import { MemoryObjects } from '../support/memory-objects.js';

const colorless = picocolors.createColors(false);
const evaluation = (epoch: number, accuracy: number) => ({
  eval_loss: 2 - accuracy,
  eval_accuracy: accuracy,
  eval_f1_macro: accuracy - 0.1,
  epoch,
  step: 57 * epoch,
});
const log: TrainingLog = {
  best_global_step: 114,
  best_metric: 0.5,
  global_step: 171,
  max_steps: 171,
  log_history: [
    { loss: 2.6, grad_norm: 1, learning_rate: 2e-5, epoch: 0.9, step: 50 },
    evaluation(1, 0.25),
    { loss: 2.1, grad_norm: 1, learning_rate: 1e-5, epoch: 1.8, step: 100 },
    evaluation(2, 0.5),
    evaluation(3, 0.375),
    { train_loss: 2.3, epoch: 3, step: 171 },
  ],
};

test('a training log is a loss curve and a line per evaluation, with the best one marked', () => {
  const lines = trainingLogLines(log, 80).map((line) => paint(line, colorless).trimEnd());
  assert.deepEqual(lines, [
    'loss  █▁  2.60 → 2.10',
    'epoch  step  learning rate  loss  eval loss  accuracy  f1 macro',
    '    1    57           2e-5  2.60       1.75     0.250     0.150',
    '    2   114           1e-5  2.10       1.50     0.500     0.400  best',
    '    3   171           1e-5  2.10       1.63     0.375     0.275',
  ]);
  assert.deepEqual(trainingLogLines({ ...log, log_history: [] }, 80), []);
  const unlogged = trainingLogLines(
    { ...log, best_global_step: null, log_history: [evaluation(1, 0.25)] },
    80,
  );
  assert.deepEqual(
    unlogged.map((line) => paint(line, colorless).trimEnd()),
    ['epoch  step  eval loss  accuracy  f1 macro', '    1    57       1.75     0.250     0.150'],
  );
});

test('a model whose log is missing or invalid shows none', async () => {
  const objects = new MemoryObjects();
  assert.equal(await readTrainingLog({}, objects), undefined);
  const stored = async (text: string) =>
    readTrainingLog({ 'trainer_state.json': await objects.put(Buffer.from(text)) }, objects);
  assert.equal(await stored('not JSON'), undefined);
  assert.equal(await stored('{}'), undefined);
  assert.deepEqual(await stored(JSON.stringify(log)), log);
});
