import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { sampleBatches } from '../../../src/learning/training/batches.js';
import { roundedLength } from '../../../src/learning/training/collate.js';
import type { Examples } from '../../../src/learning/training/examples.js';
import { train } from '../../../src/learning/training/train.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { maxDifference } from '../../support/reference-model.js';
import { bytesOf, defaults, noise, quiet, tinyModel } from '../../support/training-setting.js';

describe('padding', () => {
  it('is that of the longest clip if all have the same length', async () => {
    const { config } = await tinyModel();
    const { inputs, frames, length } = await sampleBatches(
      noise(3, () => 161),
      config,
    )([0, 2]);
    assert.deepEqual([inputs.shape, frames, length], [[2, 161], undefined, undefined]);
  });

  it('is otherwise one of a few lengths, along with how much of it counts', async () => {
    const { config } = await tinyModel();
    for (const masked of [false, true]) {
      const examples = noise(4, (row) => 131 + 20 * row, 'train', masked);
      const batch = await sampleBatches(examples, config)([0, 1]);
      assert.deepEqual(batch.inputs.shape, [2, 152]);
      assert.deepEqual(batch.length, Float32Array.of(151));
      assert.deepEqual(batch.frames, masked ? Float32Array.of(12, 14) : Float32Array.of(14, 14));
      // No longer than the longest of all.
      const last = await sampleBatches(examples, config)([3]);
      assert.deepEqual([last.inputs.shape, last.length], [[1, 191], Float32Array.of(191)]);
    }
  });

  it('wastes at most a sixteenth, and has sixteen lengths per octave', () => {
    const lengths = Array.from({ length: 224_001 }, (_, index) => 16_000 + index);
    const rounded = lengths.map((length) => roundedLength(length, Number.POSITIVE_INFINITY));
    assert.ok(rounded.every((width, index) => width >= lengths[index]! && width <= 1.0625 * lengths[index]!));
    assert.ok(rounded.every(Number.isInteger));
    assert.ok(new Set(rounded).size <= 65);
    assert.deepEqual(
      [1, 7, 9].map((length) => roundedLength(length, 100)),
      [1, 7, 9],
    );
    assert.equal(roundedLength(101, 102), 102);
  });

  it("has the feature extractor's value, on its side", async () => {
    const { config } = await tinyModel();
    const examples = {
      ...noise(2, (row) => 100 + 2 * row),
      padding: { padding_value: -1, padding_side: 'left' },
    };
    const { data, shape } = (await sampleBatches(examples as Examples, config)([0, 1])).inputs;
    assert.deepEqual(shape, [2, 102]);
    const [short, long] = await Promise.all([0, 1].map((row) => examples.samples(row)));
    assert.deepEqual(data, Float32Array.of(-1, -1, ...short!, ...long!));
  });
});

describe('a frozen feature encoder', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));
  it('is unchanged while the rest is trained', async () => {
    const model = await tinyModel();
    const before = await tinyModel();
    await train(
      await quiet({ args: { ...defaults, freeze_feature_encoder: true, num_train_epochs: 1 }, model }),
    );
    for (const [name, { data }] of Object.entries(model.weights)) {
      const same = maxDifference(data, before.weights[name]!.data) === 0;
      assert.equal(same, name.includes('feature_extractor') || name.includes('masked_spec_embed'), name);
    }
    assert.notDeepEqual(bytesOf(model), bytesOf(before));
  });
});

describe('layerdrop', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));
  it('leaves the parameters of a skipped layer alone, weight decay included', async () => {
    const model = await tinyModel('stable-layer-norm', { layerdrop: 1 });
    const before = await tinyModel();
    await train(
      await quiet({ args: { ...defaults, weight_decay: 0.1, max_steps: 2, learning_rate: 0.01 }, model }),
    );
    for (const [name, { data }] of Object.entries(model.weights)) {
      const same = maxDifference(data, before.weights[name]!.data) === 0;
      assert.equal(same, name.includes('encoder.layers.') || name.includes('masked_spec_embed'), name);
    }
  });
});
