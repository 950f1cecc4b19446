import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openEngine } from '../../../../src/engine/open-engine.js';
import { ZEROS_ON_THE_RIGHT } from '../../../../src/learning/audio/padding.js';
import { openDataset } from '../../../../src/learning/data/dataset.js';
import type { ModelConfig } from '../../../../src/learning/model/config.js';
import { openExamples } from '../../../../src/learning/training/examples.js';
import { openBatches } from '../../../../src/learning/training/open-batches.js';
import { train } from '../../../../src/learning/training/train.js';
import type { TrainOptions } from '../../../../src/learning/training/train-options.js';
import type { DatasetArtifact } from '../../../../src/stage/artifact.js';
import augment from '../../../../stages/augment.js';
import { heardClips, withAudio } from '../../../support/augment-clips.js';
import { testDevice, testEngine } from '../../../support/engine.js';
import { names, withDefaults } from '../../../support/labelled-clips.js';
import { MemoryChunkResults, MemoryObjects } from '../../../support/memory-objects.js';
import { contextOf } from '../../../support/stage.js';
import {
  bytesOf,
  defaults,
  everythingRandom,
  quiet,
  temporary,
  tinyModel,
} from '../../../support/training-setting.js';

type AugmentParams = Parameters<typeof augment.run>[0]['params'];

const changes = { speed: { p: 1 }, shift: {}, gain: {}, noise: { color: 'pink' }, telephone: {} };
const args = {
  ...defaults,
  per_device_train_batch_size: 4,
  learning_rate: 2e-3,
  num_train_epochs: 2,
  eval_strategy: 'epoch',
  train_sampling_strategy: 'balanced',
  freeze_feature_encoder: true,
} as const;
const objects = new MemoryObjects();

before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

async function augmented(given: Record<string, unknown> = changes, options = {}): Promise<DatasetArtifact> {
  const params = await withDefaults<AugmentParams>('augment', given);
  const dataset = await heardClips(objects, options);
  return (await augment.run(contextOf(params, { inputs: { dataset } }))).artifact as DatasetArtifact;
}

const examplesOf = (dataset: DatasetArtifact, split: string, config: ModelConfig) =>
  openExamples(openDataset(dataset, objects), {
    split,
    label_column: 'label',
    input_column: 'input_values',
    labels: names,
    config,
    padding: ZEROS_ON_THE_RIGHT,
    augment: split === 'train' ? objects : undefined,
  });

async function options(dataset: DatasetArtifact, more: Partial<TrainOptions> = {}): Promise<TrainOptions> {
  const model = await tinyModel('stable-layer-norm', everythingRandom);
  const [own, evaluation] = await Promise.all(
    ['train', 'test'].map((split) => examplesOf(dataset, split, model.config)),
  );
  const store = { objects, chunks: new MemoryChunkResults(), code: 'test', engine: testEngine };
  return quiet({ args, model, train: own!, evaluation, store, ...more });
}

test('a training that was interrupted hears what an uninterrupted one does', async () => {
  const dataset = await augmented();
  const whole = await options(dataset);
  const state = await train(whole);
  for (const step of [1, 4]) {
    const abort = new AbortController();
    const scratch = temporary();
    const progress: TrainOptions['progress'] = ({ training }) => {
      if (training?.step === step) abort.abort();
    };
    await assert.rejects(train(await options(dataset, { scratch, progress, signal: abort.signal })), {
      name: 'AbortError',
    });
    const resumed = await options(dataset, { scratch });
    assert.deepEqual(await train(resumed), state);
    assert.deepEqual(bytesOf(resumed.model), bytesOf(whole.model));
  }
  const plain = await options(await heardClips(objects));
  await train(plain);
  assert.notDeepEqual(bytesOf(plain.model), bytesOf(whole.model));
});

test('only the split that is trained on is changed, anew in each epoch and each time a row comes', async () => {
  const logged: string[] = [];
  const both = [await augmented(), await heardClips(objects)].map(async (dataset) => {
    const given = await options(dataset, { log: (_, text) => logged.push(text) });
    return openBatches([given.train, given.evaluation!], { at: 'features' }, given);
  });
  const [changed, plain] = await Promise.all(both);
  const rows = [2, 0, 2];
  assert.deepEqual(await changed![1]!(rows), await plain![1]!(rows));
  assert.deepEqual((await changed![1]!(rows)).inputs.entry, { at: 'features' });
  assert.match(logged.join(), /split 'train': the output of the frozen layers .* clips are augmented anew/);
  const heard = async (epoch: number, times = [0, 0, 1]) => {
    const { inputs, labels, length, frames } = await changed![0]!(rows, { epoch, times });
    assert.deepEqual(labels, [2, 0, 2]);
    assert.ok(length![0]! <= inputs.shape[1]! && frames!.length === 3);
    return inputs.data;
  };
  assert.deepEqual(await heard(0), await heard(0));
  assert.notDeepEqual(await heard(0), await heard(1));
  const twice = await changed![0]!([2, 2], { epoch: 0, times: [0, 1] });
  const size = twice.inputs.shape[1]!;
  assert.notDeepEqual(twice.inputs.data.subarray(0, size), twice.inputs.data.subarray(size));
});

test('what the feature extractor does, it does to the changed clip', async () => {
  const { config } = await tinyModel();
  const noisy = { noise: { p: 1, min_snr_db: 0, max_snr_db: 0 } };
  const cut = { truncation: true, max_length: 310, padding: 'max_length', return_attention_mask: true };
  const own = await examplesOf(await augmented({ ...noisy, speed: { p: 1 } }, cut), 'train', config);
  assert.equal(own.augmented!.fixedLength, true);
  const { values, valid } = await own.augmented!.hear({ epoch: 0, row: 0, time: 0 });
  assert.equal(values.length, 310);
  assert.ok(valid! <= 310 && values.subarray(valid).every((value) => value === 0));
  const heard = values.subarray(0, valid);
  assert.ok(Math.abs(heard.reduce((sum, value) => sum + value, 0)) < 0.01, 'the mean is zero');
  const power = heard.reduce((sum, value) => sum + value * value, 0) / heard.length;
  assert.ok(Math.abs(power - 1) < 1e-3, 'and the level is one');
});

test('clips of other audio than the column holds are refused', async () => {
  const { config } = await tinyModel();
  const dataset = await withAudio(await augmented(), () => new Float32Array(300).fill(0.5), objects);
  await assert.rejects(examplesOf(dataset, 'train', config), /were not made of the audio in column 'audio'/);
});
