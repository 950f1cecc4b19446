import assert from 'node:assert/strict';
import fs, { readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { before, describe, it, mock } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import type { TrainingArguments } from '../../../src/learning/training/argument-types.js';
import { train } from '../../../src/learning/training/train.js';
import { EtudeError } from '../../../src/util/errors.js';
import { testDevice, testEngine } from '../../support/engine.js';
import {
  bytesOf,
  defaults,
  everythingRandom,
  noise,
  quiet,
  temporary,
  tinyModel,
} from '../../support/training-setting.js';

const args = {
  ...defaults,
  per_device_train_batch_size: 2,
  learning_rate: 2e-3,
  num_train_epochs: 2,
  eval_strategy: 'steps',
  eval_steps: 1,
  save_strategy: 'steps',
  save_steps: 1,
  metric_for_best_model: 'loss',
} as const;

async function options(changes: Partial<TrainingArguments> = {}, scratch = temporary()) {
  const model = await tinyModel('stable-layer-norm', everythingRandom);
  const evaluation = noise(6, () => 160, 'test');
  return quiet({
    args: { ...args, ...changes },
    model,
    train: noise(8, () => 160),
    evaluation,
    scratch,
  });
}

describe('training states on disk', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

  for (const save_total_limit of [undefined, 1, 5]) {
    it(`are only the newest and the best, at the end also the best before, with save_total_limit ${save_total_limit}`, async () => {
      const given = await options({ save_total_limit });
      const most: number[] = [];
      given.progress = () => void most.push(readdirSync(given.scratch).length);
      const { best_saved, global_step, last_update } = await train(given);
      const steps = [best_saved!.step, global_step, last_update!.best_saved!.step];
      const kept = new Set(steps.map((step) => `checkpoint-${step}`));
      assert.deepEqual(readdirSync(given.scratch).sort(), [...kept].sort());
      assert.ok(Math.max(...most) <= 2, 'while it trains');
    });
  }

  it('the best model at the end is the best saved one', async () => {
    const given = await options({
      eval_steps: 1,
      save_steps: 3,
      num_train_epochs: 3,
      load_best_model_at_end: true,
      metric_for_best_model: 'accuracy',
      learning_rate: 5e-2,
    });
    const state = await train(given);
    const saved = [3, 6, 9, 12];
    // Steps whose evaluation was the best so far: the last of them that was saved counts.
    let most = Number.NEGATIVE_INFINITY;
    const bests = state.log_history.flatMap(({ eval_accuracy, step }) => {
      if (eval_accuracy === undefined || eval_accuracy <= most) return [];
      most = eval_accuracy;
      return [step!];
    });
    assert.equal(state.best_global_step, bests.at(-1));
    assert.equal(state.best_saved?.step, bests.filter((step) => saved.includes(step)).at(-1));
  });

  it('a full disk is reported, leaves the last state, and the training ends as if nothing had happened', async () => {
    const whole = await options();
    await train(whole);
    const scratch = temporary();
    const { open } = fs.promises;
    let writes = 0;
    const full = mock.method(fs.promises, 'open', async (...given: Parameters<typeof open>) => {
      if (String(given[0]).includes('writing-') && ++writes === 8)
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      return open(...given);
    });
    syncBuiltinESMExports();
    try {
      await assert.rejects(train(await options({}, scratch)), (error) => {
        assert.ok(error instanceof EtudeError, String(error));
        assert.match(error.describe(), /disk full while saving the training state at step 3/);
        assert.match(error.describe(), /resumes at step 2/);
        return true;
      });
    } finally {
      full.mock.restore();
      syncBuiltinESMExports();
    }
    assert.deepEqual(
      readdirSync(scratch).filter((name) => !name.startsWith('checkpoint-')),
      [],
    );
    const resumed = await options({}, scratch);
    await train(resumed);
    assert.deepEqual(bytesOf(resumed.model), bytesOf(whole.model));
  });
});
