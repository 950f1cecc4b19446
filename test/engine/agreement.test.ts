import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { EngineName } from '../../src/engine/engine-type.js';
import { openEngine } from '../../src/engine/open-engine.js';
import { probeTensorFlow } from '../../src/engine/tensorflow/probe.js';
import { train } from '../../src/learning/training/train.js';
import { messageOf } from '../../src/util/errors.js';
import { testDevice } from '../support/engine.js';
import { bytesOf, defaults, everythingRandom, noise, quiet, tinyModel } from '../support/training-setting.js';

/** More than an epoch of four batches, the last of which is a single clip. */
const STEPS = 6;

interface Trained {
  losses: number[];
  bytes: Buffer;
}

/** Losses of six training steps, and the model's bytes afterwards. */
async function training(engine: EngineName, model: string): Promise<Trained> {
  await openEngine(engine, { threads: 2, device: engine === 'onnxruntime' ? testDevice : undefined });
  const losses: number[] = [];
  const options = await quiet({
    args: { ...defaults, per_device_train_batch_size: 4, learning_rate: 1e-3, max_steps: STEPS },
    model: await tinyModel(model, everythingRandom),
    train: noise(13, (row) => 120 + 60 * (row % 3)),
    progress: ({ training }) => {
      if (training?.loss !== undefined) losses.push(training.loss);
    },
  });
  await train(options);
  return { losses, bytes: bytesOf(options.model) };
}

const missing = await probeTensorFlow().then(
  () => undefined,
  (error: unknown) => messageOf(error).split('\n')[0],
);

for (const model of ['stable-layer-norm', 'group-norm']) {
  describe(`six training steps of ${model} with one seed`, () => {
    let reference: Trained;
    before(async () => {
      reference = await training('cpu', model);
    });
    for (const engine of ['cpu', 'onnxruntime', 'tensorflow'] as const) {
      const skip = engine === 'tensorflow' && missing !== undefined && `no TensorFlow here: ${missing}`;
      it(`on ${engine}: the losses of cpu to 1e-5, and the same bits each time`, { skip }, async () => {
        const { losses, bytes } = engine === 'cpu' ? reference : await training(engine, model);
        assert.equal(losses.length, STEPS);
        losses.forEach((loss, step) => {
          const expected = reference.losses[step]!;
          assert.ok(Math.abs(loss / expected - 1) < 1e-5, `step ${step + 1}: ${loss}, cpu ${expected}`);
        });
        const again = await training(engine, model);
        assert.deepEqual(again.losses, losses);
        assert.ok(again.bytes.equals(bytes), 'weights');
      });
    }
  });
}
