import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { SAMPLES } from '../../../src/learning/model/entry-point.js';
import type { Model } from '../../../src/learning/model/model.js';
import { runningStatistics } from '../../../src/learning/training/running-statistics.js';
import { train } from '../../../src/learning/training/train.js';
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

const NAME = 'families/conformer-relative';
/** Batches that the fixture's statistics have seen. */
const SEEN = 7;
const random = { ...everythingRandom, conformer_conv_dropout: 0.2 };

before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

function statisticsOf(model: Model): Record<string, number[]> {
  const names = runningStatistics(model, SAMPLES);
  return Object.fromEntries(names.map((name) => [name, [...model.weights[name]!.data]]));
}

function countsOf(model: Model): number[] {
  const counts = Object.entries(statisticsOf(model)).filter(([name]) => name.endsWith('num_batches_tracked'));
  return counts.map(([, [count]]) => count!);
}

test('an interrupted training ends with the same running statistics', async () => {
  const args = { ...defaults, max_steps: 5, per_device_train_batch_size: 4, gradient_accumulation_steps: 2 };
  const whole = await tinyModel(NAME, random);
  await train(await quiet({ args, model: whole }));
  const model = await tinyModel(NAME, random);
  const start = statisticsOf(model);
  const scratch = temporary();
  const stop = new AbortController();
  const progress = ({ done }: { done: number }) => done === 2 && stop.abort(new Error('stop'));
  await assert.rejects(train(await quiet({ args, model, scratch, signal: stop.signal, progress })), /stop/);
  const again = await tinyModel(NAME, random);
  await train(await quiet({ args, model: again, scratch }));
  assert.deepEqual(bytesOf(again), bytesOf(whole));
  for (const [name, numbers] of Object.entries(statisticsOf(whole)))
    assert.notDeepEqual(numbers, start[name], name);
});

test('each batch counts, but not in the layers that it skips, nor in frozen ones', async () => {
  const model = await tinyModel(NAME);
  const args = { ...defaults, max_steps: 3, per_device_train_batch_size: 2, gradient_accumulation_steps: 2 };
  await train(await quiet({ args, model }));
  // An epoch of ten clips has five batches: the third update accumulates one.
  assert.deepEqual(countsOf(model), [SEEN + 5, SEEN + 5]);
  const skipping = await tinyModel(NAME, { layerdrop: 1 });
  const start = statisticsOf(skipping);
  await train(await quiet({ args, model: skipping }));
  assert.deepEqual(statisticsOf(skipping), start);
  const frozen = await tinyModel(NAME);
  await train(await quiet({ args: { ...args, freeze_layers: 1 }, model: frozen }));
  assert.deepEqual(countsOf(frozen), [SEEN, SEEN + 5]);
});

test('a batch of a single frame has no statistics', async () => {
  const args = { ...defaults, max_steps: 1, per_device_train_batch_size: 1 };
  const model = await tinyModel(NAME);
  const training = train(await quiet({ args, model, train: noise(2, () => 20) }));
  await assert.rejects(training, /batch normalisation needs more than one frame in a batch/);
});
