import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../../pipelines');
const STAGES = [
  'load',
  'split',
  'remove-columns',
  'cast-audio',
  'map-preprocess',
  'rename',
  'train',
  'evaluate',
];

test('quickstart and both editions of the guide have its eight stages', () => {
  for (const file of ['quickstart.yaml', 'minds14.yaml', 'minds14-current.yaml']) {
    const { stages } = parse(readFileSync(join(FOLDER, file), 'utf8')) as {
      stages: Record<string, { uses: string }>;
    };
    assert.deepEqual(
      Object.values(stages).map((stage) => stage.uses),
      STAGES,
    );
  }
});

test('the two editions of the guide share everything but the training', () => {
  const stages = (file: string) => {
    const { model: _, ...others } = parse(readFileSync(join(FOLDER, file), 'utf8')).stages;
    return others;
  };
  assert.deepEqual(stages('minds14-current.yaml'), stages('minds14.yaml'));
});

test("each edition trains with the guide's arguments", () => {
  const model = (file: string) => {
    const { model, seed, ...args } = parse(readFileSync(join(FOLDER, file), 'utf8')).stages.model.with;
    return args;
  };
  const both = { learning_rate: 3e-5, eval_strategy: 'epoch', save_strategy: 'epoch' };
  assert.deepEqual(model('minds14.yaml'), { ...both, num_train_epochs: 5 });
  assert.deepEqual(model('minds14-current.yaml'), {
    ...both,
    num_train_epochs: 10,
    per_device_train_batch_size: 32,
    gradient_accumulation_steps: 4,
    per_device_eval_batch_size: 32,
    warmup_ratio: 0.1,
    logging_steps: 10,
    load_best_model_at_end: true,
    metric_for_best_model: 'accuracy',
  });
});
