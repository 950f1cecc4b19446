import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openEngine } from '../../../../src/engine/open-engine.js';
import * as tf from '../../../../src/engine/tf.js';
import type { ModelConfig } from '../../../../src/learning/model/config.js';
import { type EntryPoint, frozenBelow } from '../../../../src/learning/model/entry-point.js';
import type { Model } from '../../../../src/learning/model/model.js';
import type { TrainingArguments } from '../../../../src/learning/training/argument-types.js';
import { sampleBatches } from '../../../../src/learning/training/batches.js';
import type { Examples } from '../../../../src/learning/training/examples.js';
import { logitsOf } from '../../../../src/learning/training/forward.js';
import {
  activationBatches,
  cacheActivations,
} from '../../../../src/learning/training/frozen/activation-batches.js';
import type { ActivationCacheOptions } from '../../../../src/learning/training/frozen/activation-cache-options.js';
import { cacheableDepth } from '../../../../src/learning/training/frozen/cacheable-depth.js';
import { digestOf } from '../../../../src/learning/training/frozen/frozen-part.js';
import { train } from '../../../../src/learning/training/train.js';
import { upload } from '../../../../src/learning/training/upload-weights.js';
import { testDevice, testEngine } from '../../../support/engine.js';
import { memoryStore } from '../../../support/memory-store.js';
import { maxDifference } from '../../../support/reference-model.js';
import { defaults, everythingRandom, noise, quiet, tinyModel } from '../../../support/training-setting.js';

before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

const signal = new AbortController().signal;
const FEATURES: EntryPoint = { at: 'features' };
const LAYER: EntryPoint = { at: 'layer', layer: 1 };
const MEANS: EntryPoint = { at: 'means' };

const equal = noise(9, () => 160, 'equal');
/** Of several lengths, but few: each batch of another shape is another graph. */
const some = (row: number) => 61 + 148 * (row % 3);
const any = noise(9, some, 'any');
/** One has 32 frames exactly, and some samples more. */
const masked = noise(9, (row) => (row === 8 ? 337 : some(row)), 'masked', true);
/** Of one length, the end of some masked. */
const ends: Examples = { ...equal, validLengths: equal.lengths.map((length, row) => length - 9 * row) };

/** Rows of examples by a place, and how many were computed. */
async function keep(
  model: Model,
  frozen: EntryPoint,
  splits: readonly Examples[],
  store: ActivationCacheOptions = memoryStore(),
) {
  const { entry } = cacheableDepth(frozen, splits[0]!, model.config);
  if (entry.at === 'samples') throw new Error('nothing can be kept');
  const part = { model, entry };
  return { part, ...(await cacheActivations(splits, { part, store, signal }, () => {})) };
}

describe('what is kept of clips gives the logits of the padded batch', () => {
  const cases: [string, string, Examples, EntryPoint][] = [
    ['features, clips of one length, group norm', 'group-norm', equal, FEATURES],
    ['features, clips of any length', 'stable-layer-norm', any, FEATURES],
    ['features, attention masks', 'stable-layer-norm', masked, FEATURES],
    ['states, clips of one length, group norm', 'group-norm', equal, LAYER],
    ['states, attention masks, group norm', 'group-norm', ends, LAYER],
    ['states, clips of any length with attention masks', 'stable-layer-norm', masked, LAYER],
    ['states after the last layer', 'stable-layer-norm', masked, { at: 'layer', layer: 2 }],
    ['means, clips of one length', 'group-norm', equal, MEANS],
    ['means, attention masks', 'stable-layer-norm', masked, MEANS],
    ['means of all layers', 'weighted-sum', ends, MEANS],
    ['means of all layers, stable', 'stable-weighted-sum', masked, MEANS],
  ];
  for (const [name, kind, examples, entry] of cases) {
    it(name, async () => {
      const model = await tinyModel(kind);
      const { part, rows } = await keep(model, entry, [examples]);
      assert.deepEqual(part.entry, entry);
      const sources = [sampleBatches(examples, model.config), activationBatches(examples, part, rows[0]!)];
      const tensors = upload(model.weights);
      for (const batch of [[0], [8, 2, 0], [3, 5, 7, 1]]) {
        const [plain, kept] = await Promise.all(sources.map((source) => source(batch)));
        assert.deepEqual(kept!.labels, plain!.labels);
        assert.deepEqual(kept!.inputs.entry, entry);
        const [expected, logits] = [plain!, kept!].map((one) =>
          tf.tidy(() => logitsOf(tensors, model.config, one)).dataSync(),
        );
        assert.ok(maxDifference(logits!, expected!) < 1e-5);
      }
      tf.dispose(tensors);
    });
  }
});

it('what depends on the batch is not kept, and it is said why', async () => {
  const { config: group } = await tinyModel('group-norm');
  const { config: layer } = await tinyModel('stable-layer-norm');
  const { config: summed } = await tinyModel('weighted-sum');
  const cases: [EntryPoint, Examples, ModelConfig, EntryPoint['at'], RegExp | undefined][] = [
    [FEATURES, any, group, 'samples', /padded/],
    [MEANS, masked, group, 'samples', /padded/],
    [LAYER, equal, group, 'layer', undefined],
    [LAYER, any, layer, 'features', /attention masks/],
    [FEATURES, any, layer, 'features', undefined],
    [MEANS, masked, layer, 'means', undefined],
    [MEANS, { ...masked, padding: { padding_value: -1, padding_side: 'right' } }, layer, 'samples', /padded/],
    [LAYER, equal, summed, 'features', /summed/],
    [MEANS, equal, summed, 'means', undefined],
  ];
  for (const [frozen, examples, config, at, why] of cases) {
    const { entry, because } = cacheableDepth(frozen, examples, config);
    assert.equal(entry.at, at);
    assert.match(because ?? '', why ?? /^$/);
  }
});

/**
 * Losses and weights of a training, everything random on, with what is frozen kept or computed in every step.
 */
async function trained(
  kind: string,
  examples: Examples,
  freeze: Partial<TrainingArguments>,
  store?: ActivationCacheOptions,
  more: Partial<TrainingArguments> = {},
) {
  const model = await tinyModel(kind, everythingRandom);
  const args = {
    ...defaults,
    ...freeze,
    num_train_epochs: 3,
    per_device_train_batch_size: 4,
    logging_steps: 1,
  };
  let computed: number | undefined;
  const options = await quiet({
    args: { ...args, learning_rate: 1e-3, ...more },
    model,
    train: examples,
    store,
    onComputed: (clips) => {
      computed = clips;
    },
  });
  const { log_history } = await train(options);
  const names = Object.keys(model.weights);
  return { losses: log_history.flatMap(({ loss }) => loss ?? []), model, names, computed };
}

describe('a training with what is frozen kept is the one that computes it in every step', () => {
  const cases: [string, Examples, Partial<TrainingArguments>][] = [
    ['group-norm', equal, { freeze_layers: 1 }],
    ['group-norm', ends, { freeze_base_model: true }],
    ['stable-layer-norm', masked, { freeze_layers: 1 }],
    ['stable-layer-norm', masked, { freeze_base_model: true }],
    ['stable-layer-norm', any, { freeze_layers: 1 }],
    ['weighted-sum', equal, { freeze_layers: 1 }],
    ['weighted-sum', ends, { freeze_base_model: true }],
    ['stable-weighted-sum', masked, { freeze_base_model: true }],
  ];
  for (const [kind, examples, freeze] of cases) {
    it(`${kind}, ${examples.split}, ${Object.keys(freeze)}`, async () => {
      const stepwise = await trained(kind, examples, freeze);
      const kept = await trained(kind, examples, freeze, memoryStore());
      assert.equal(stepwise.computed, undefined);
      assert.equal(kept.computed, 9);
      assert.equal(kept.losses.length, 9);
      kept.losses.forEach((loss, step) => {
        const expected = stepwise.losses[step]!;
        assert.ok(Math.abs(loss - expected) < 1e-6 * expected, `step ${step}: ${loss}, not ${expected}`);
      });
      for (const name of kept.names) {
        // Its gradient is 0 but for rounding, which AdamW divides by its own size.
        if (name.endsWith('k_proj.bias')) continue;
        const off = maxDifference(kept.model.weights[name]!.data, stepwise.model.weights[name]!.data);
        assert.ok(off < 2e-6, `${name}: ${off}`);
      }
    });
  }
});

describe('what is kept', () => {
  it('serves trainings with another learning rate, seed or number of epochs', async () => {
    const store = memoryStore();
    const freeze = { freeze_layers: 1 };
    assert.equal((await trained('group-norm', equal, freeze, store)).computed, 9);
    for (const more of [{ learning_rate: 1e-2 }, { seed: 7 }, { num_train_epochs: 1 }, { weight_decay: 0.1 }])
      assert.equal((await trained('group-norm', equal, freeze, store, more)).computed, 0);
    assert.equal((await trained('group-norm', equal, { freeze_layers: 2 }, store)).computed, 9);
  });

  it('is computed of new clips alone, in whatever order and splits the others are', async () => {
    const store = memoryStore();
    const model = await tinyModel();
    const many = noise(60, () => 160);
    const part = (rows: number[]): Examples => ({
      ...many,
      size: rows.length,
      labels: rows.map((row) => many.labels[row]!),
      lengths: rows.map((row) => many.lengths[row]!),
      samples: (row) => many.samples(rows[row]!),
    });
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
    const first = await keep(model, LAYER, [part(range(0, 40)), part(range(40, 50))], store);
    assert.equal(first.computed, 50);
    assert.equal((await keep(model, LAYER, [part(range(0, 50).reverse())], store)).computed, 0);
    const more = await keep(model, LAYER, [part(range(5, 60).reverse()), part([3])], store);
    assert.equal(more.computed, 10);
    assert.deepEqual(await more.rows[0]!(54), await first.rows[0]!(5));
    assert.equal((await keep(model, LAYER, [part([...range(0, 50), 3, 3])], store)).computed, 0);
  });

  it('outlives an abort', async () => {
    const store = memoryStore();
    const model = await tinyModel();
    const many = noise(100, () => 160);
    const abort = new AbortController();
    const request = { part: { model, entry: LAYER as never }, store, signal: abort.signal };
    const progress = (done: number) => done >= 50 && abort.abort(new Error('stop'));
    await assert.rejects(cacheActivations([many], request, progress), /stop/);
    const { computed } = await keep(model, LAYER, [many], store);
    assert.ok(computed > 0 && computed <= 70, `${computed}`);
  });

  it('goes by all that shapes it, and by nothing else', async () => {
    const digest = async (kind: string, entry: EntryPoint, changes = {}, change?: (model: Model) => void) => {
      const model = await tinyModel(kind, changes);
      change?.(model);
      return digestOf({ model, entry: entry as never });
    };
    const plain = await digest('group-norm', LAYER);
    assert.equal(await digest('group-norm', LAYER, everythingRandom), plain);
    assert.equal(await digest('group-norm', LAYER, { num_hidden_layers: 1, num_labels: 9 }), plain);
    const touch = (name: string) => (model: Model) => {
      model.weights[name]!.data[0]! += 1;
    };
    const above = touch('wav2vec2.encoder.layers.1.attention.k_proj.weight');
    assert.equal(await digest('group-norm', LAYER, {}, above), plain);
    const below = touch('wav2vec2.encoder.layers.0.attention.k_proj.weight');
    const others = await Promise.all([
      digest('group-norm', LAYER, {}, below),
      digest('group-norm', LAYER, { hidden_act: 'relu' }),
      digest('group-norm', { at: 'layer', layer: 2 }),
      digest('group-norm', FEATURES),
      digest('group-norm', MEANS),
      digest('group-norm', MEANS, {}, above),
      digest('group-norm', MEANS, { use_weighted_layer_sum: true }),
    ]);
    assert.equal(new Set([plain, ...others]).size, 8);
    assert.deepEqual(
      frozenBelow({ freeze_feature_encoder: true, freeze_layers: 1, freeze_base_model: false }),
      LAYER,
    );
  });
});
