import assert from 'node:assert/strict';
import { mkdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { train } from '../../../src/learning/training/train.js';
import type { TrainOptions } from '../../../src/learning/training/train-options.js';
import type { Progress } from '../../../src/stage/stage-type.js';
import { testDevice, testEngine } from '../../support/engine.js';
import {
  bytesOf,
  defaults,
  everythingRandom,
  noise,
  quiet,
  snapshot,
  temporary,
  tinyModel,
} from '../../support/training-setting.js';

const args = {
  ...defaults,
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: 2,
  learning_rate: 2e-3,
  num_train_epochs: 3,
  eval_strategy: 'epoch',
  save_strategy: 'epoch',
  logging_steps: 2,
  load_best_model_at_end: true,
} as const;

/** Of several lengths, but few: each batch of another shape is another graph. */
const clips = noise(13, (row) => 120 + 60 * (row % 3));

async function options(more: Partial<TrainOptions> = {}): Promise<TrainOptions> {
  const model = await tinyModel('stable-layer-norm', everythingRandom);
  const evaluation = noise(7, (row) => 100 + 9 * row, 'test');
  return quiet({ args, model, train: clips, evaluation, ...more });
}

/** Calls back for each progress event of an update. */
const onStep = (call: (step: number) => void) => (progress: Progress) => {
  if (progress.training !== undefined) call(progress.training.step);
};

describe('an interrupted training ends like an uninterrupted one, byte for byte', () => {
  const whole: { bytes?: Buffer; state?: unknown } = {};
  before(async () => {
    await openEngine(testEngine, { threads: 1, device: testDevice });
    const uninterrupted = await options();
    whole.state = await train(uninterrupted);
    whole.bytes = bytesOf(uninterrupted.model);
  });

  it('twice the same without interruption', async () => {
    const again = await options();
    assert.deepEqual(await train(again), whole.state);
    assert.deepEqual(bytesOf(again.model), whole.bytes);
  });

  for (const step of [1, 2, 3, 5, 6]) {
    it(`aborted at step ${step}`, async () => {
      const abort = new AbortController();
      const scratch = temporary();
      const progress = onStep((done) => done === step && abort.abort());
      await assert.rejects(train(await options({ scratch, progress, signal: abort.signal })), {
        name: 'AbortError',
      });
      const resumed = await options({ scratch });
      const first: number[] = [];
      const state = await train({ ...resumed, progress: onStep((done) => first.push(done)) });
      assert.equal(first[0], step === 6 ? undefined : step + 1);
      assert.deepEqual(state, whole.state);
      assert.deepEqual(bytesOf(resumed.model), whole.bytes);
    });
  }

  it('aborted while evaluating', async () => {
    const abort = new AbortController();
    const scratch = temporary();
    const progress = ({ phase }: Progress) => {
      if (phase?.startsWith('evaluating')) abort.abort();
    };
    await assert.rejects(train(await options({ scratch, progress, signal: abort.signal })), {
      name: 'AbortError',
    });
    const resumed = await options({ scratch });
    assert.deepEqual(await train(resumed), whole.state);
    assert.deepEqual(bytesOf(resumed.model), whole.bytes);
  });

  it('a state truncated by a crash is ignored', async () => {
    const abort = new AbortController();
    const scratch = temporary();
    const progress = onStep((done) => done === 3 && abort.abort());
    await assert.rejects(train(await options({ scratch, progress, signal: abort.signal })));
    for (const name of ['optimizer.safetensors', 'trainer_state.json', 'model.safetensors']) {
      const copy = snapshot(scratch);
      const file = join(copy, 'checkpoint-3', name);
      truncateSync(file, Math.floor(statSync(file).size / 2));
      mkdirSync(join(copy, 'writing-4'));
      const resumed = await options({ scratch: copy });
      assert.deepEqual(await train(resumed), whole.state);
      assert.deepEqual(bytesOf(resumed.model), whole.bytes);
    }
  });

  it('killed at any step: the states that were on disk then', async () => {
    const scratch = temporary();
    const copies: string[] = [];
    const progress = onStep(() => copies.push(snapshot(scratch)));
    await train(await options({ scratch, progress }));
    for (const copy of copies) {
      const resumed = await options({ scratch: copy });
      assert.deepEqual(await train(resumed), whole.state);
      assert.deepEqual(bytesOf(resumed.model), whole.bytes);
    }
  });

  it('killed at any step of a training with more state: a plateau, the best saved, an evaluation at the start', async () => {
    const more = {
      ...args,
      eval_on_start: true,
      eval_strategy: 'steps',
      eval_steps: 1,
      save_strategy: 'best',
      lr_scheduler_type: 'reduce_lr_on_plateau',
      lr_scheduler_kwargs: { patience: 0, factor: 0.5, threshold: 0.5 },
      train_sampling_strategy: 'group_by_length',
    } as const;
    const scratch = temporary();
    const copies: string[] = [];
    const uninterrupted = await options({
      args: more,
      scratch,
      progress: onStep(() => copies.push(snapshot(scratch))),
    });
    const state = await train(uninterrupted);
    const rates = new Set(state.log_history.flatMap(({ learning_rate }) => learning_rate ?? []));
    assert.ok(rates.size > 1, 'the rate has fallen');
    for (const copy of copies) {
      const resumed = await options({ args: more, scratch: copy });
      assert.deepEqual(await train(resumed), state);
      assert.deepEqual(bytesOf(resumed.model), bytesOf(uninterrupted.model));
    }
  });
});
