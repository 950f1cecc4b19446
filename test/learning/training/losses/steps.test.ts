import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../../../src/engine/open-engine.js';
import type { TrainingArguments } from '../../../../src/learning/training/argument-types.js';
import { train } from '../../../../src/learning/training/train.js';
import { testDevice, testEngine } from '../../../support/engine.js';
import { clips } from '../../../support/training-clips.js';
import {
  bytesOf,
  defaults,
  quiet,
  snapshot,
  temporary,
  tinyModel,
} from '../../../support/training-setting.js';

/** What PyTorch did: see test/fixtures/targets/make.py. */
interface Case {
  args: Omit<Partial<TrainingArguments>, 'class_weights'> & { class_weights?: number[] };
  targets: number[];
  outputs: number;
  losses: number[];
  norms: number[];
}

const path = fileURLToPath(new URL('../../../fixtures/targets/steps.json', import.meta.url));
const cases: Record<string, Case> = JSON.parse(readFileSync(path, 'utf8'));

/** The arguments of a case, its weights by class name. */
function argumentsOf({ args }: Case, names: readonly string[]): TrainingArguments {
  const { class_weights: weights, ...rest } = args;
  const class_weights = weights && Object.fromEntries(names.map((name, id) => [name, weights[id]!]));
  return {
    ...defaults,
    lr_scheduler_type: 'constant',
    train_sampling_strategy: 'sequential',
    logging_steps: 1,
    ...rest,
    class_weights,
  };
}

/** The tiny model of the fixtures with its first outputs only. */
async function modelOf({ outputs }: Case) {
  const model = await tinyModel();
  for (const name of ['classifier.weight', 'classifier.bias']) {
    const { shape, data } = model.weights[name]!;
    const size = data.length / shape[0]!;
    model.weights[name] = { shape: [outputs, ...shape.slice(1)], data: data.slice(0, outputs * size) };
  }
  return { ...model, labels: model.labels.slice(0, outputs) };
}

describe('losses and gradients of updates that accumulate batches equal those of PyTorch', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

  for (const [name, expected] of Object.entries(cases)) {
    it(name, async () => {
      const model = await modelOf(expected);
      const examples = { ...clips('train', false), labels: expected.targets };
      const args = argumentsOf(expected, model.labels);
      const { log_history } = await train(await quiet({ args, model, train: examples }));
      for (const [step, loss] of expected.losses.entries()) {
        const entry = log_history[step]!;
        assert.ok(Math.abs(entry.loss! - loss) < 1e-4 * loss, `loss ${entry.loss}, not ${loss}`);
        const norm = expected.norms[step]!;
        assert.ok(Math.abs(entry.grad_norm! - norm) < 2e-4 * norm, `norm ${entry.grad_norm}, not ${norm}`);
      }
    });
  }
});

describe('an interrupted training with a balanced sampler, weights and focal loss', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

  it('ends with the same bytes', async () => {
    const args: TrainingArguments = {
      ...defaults,
      per_device_train_batch_size: 3,
      train_sampling_strategy: 'balanced',
      class_weights: 'balanced',
      focal_gamma: 1.5,
      label_smoothing_factor: 0.1,
      num_train_epochs: 2,
    };
    const whole = await tinyModel();
    await train(await quiet({ args, model: whole, train: clips('train', false) }));
    const abort = new AbortController();
    const scratch = temporary();
    const begun = await quiet({ args, model: await tinyModel(), train: clips('train', false), scratch });
    const reason = new Error('interrupted');
    const progress = ({ done }: { done: number }) => done === 5 && abort.abort(reason);
    await assert.rejects(train({ ...begun, signal: abort.signal, progress }), reason);
    const model = await tinyModel();
    await train(await quiet({ args, model, train: clips('train', false), scratch: snapshot(scratch) }));
    assert.deepEqual(bytesOf(model), bytesOf(whole));
  });
});
