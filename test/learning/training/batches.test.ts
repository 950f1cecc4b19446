import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openEngine } from '../../../src/engine/choose.js';
import * as tf from '../../../src/engine/tf.js';
import { canKeepFeatures, featureBatches, sampleBatches } from '../../../src/learning/training/batches.js';
import { roundedLength } from '../../../src/learning/training/collate.js';
import type { Examples } from '../../../src/learning/training/examples.js';
import { logitsOf, upload } from '../../../src/learning/training/forward.js';
import { train } from '../../../src/learning/training/train.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { maxDifference } from '../../support/reference-model.js';
import { bytesOf, defaults, noise, quiet, tinyModel } from '../../support/training-setting.js';

const signal = new AbortController().signal;

/** Logits of a batch of rows from samples, and from precomputed features. */
async function bothWays(examples: Examples, rows: number[]) {
  const { config, weights } = await tinyModel(
    examples.split === 'equal' ? 'group-norm' : 'stable-layer-norm',
  );
  const tensors = upload(weights);
  const features = await featureBatches(examples, tensors, config, signal, () => {});
  const sources = [sampleBatches(examples, config), features];
  const logits = [];
  for (const source of sources) {
    const batch = await source(rows);
    assert.deepEqual(
      batch.labels,
      rows.map((row) => examples.labels[row]),
    );
    logits.push(tf.tidy(() => logitsOf(tensors, config, batch)).dataSync());
  }
  return logits;
}

describe('features computed once per clip', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));
  const cases: [string, Examples][] = [
    ['clips of one length, group norm', noise(9, () => 160, 'equal')],
    ['clips of any length', noise(9, (row) => 61 + 37 * row)],
    ['clips of any length with attention masks', noise(9, (row) => 61 + 37 * row, 'train', true)],
  ];
  for (const [name, examples] of cases) {
    it(`are those of the padded batch: ${name}`, async () => {
      for (const rows of [[0], [8, 2, 0], [3, 5, 7, 1]]) {
        const [samples, features] = await bothWays(examples, rows);
        assert.ok(maxDifference(samples!, features!) < 1e-5);
      }
    });
  }
  it('are refused if they would depend on the batch: group norm over clips of different lengths', async () => {
    const { config } = await tinyModel('group-norm');
    assert.equal(
      canKeepFeatures(
        noise(3, (row) => 100 + row),
        config,
      ),
      false,
    );
    assert.equal(
      canKeepFeatures(
        noise(3, () => 100),
        config,
      ),
      true,
    );
  });
});

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
    assert.equal(canKeepFeatures(examples as Examples, config), false);
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
