import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { ZEROS_ON_THE_RIGHT } from '../../../src/learning/audio/padding.js';
import { frameCount } from '../../../src/learning/model/config.js';
import type { Model } from '../../../src/learning/model/model.js';
import { RandomDraws } from '../../../src/learning/model/random-draws.js';
import { type Batch, longestOf, padClips } from '../../../src/learning/training/collate.js';
import { LogitsGraph } from '../../../src/learning/training/logits-graph.js';
import { targetsOf } from '../../../src/learning/training/losses/targets.js';
import { StepGraph } from '../../../src/learning/training/step-graph.js';
import { trainableNames } from '../../../src/learning/training/trainable-names.js';
import { Random } from '../../../src/random/random.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { maxDifference } from '../../support/reference-model.js';
import { noise, tinyModel } from '../../support/training-setting.js';

const SPEC_AUGMENT = {
  apply_spec_augment: true,
  mask_time_prob: 0.4,
  mask_time_length: 4,
  mask_feature_prob: 0.2,
  mask_feature_length: 3,
};

const LEFT = { padding_value: 0.5, padding_side: 'left' } as const;

/** A batch of clips as transformers pads it, or padded further to a width. */
async function batchOf(
  { config }: Model,
  lengths: readonly number[],
  { width, masked = false, left = false }: { width?: number; masked?: boolean; left?: boolean } = {},
): Promise<Batch> {
  const examples = noise(lengths.length, (row) => lengths[row]!);
  const clips = await Promise.all(lengths.map((_, row) => examples.samples(row)));
  const length = longestOf(lengths);
  const valid = lengths.map((samples) => frameCount(config, masked ? samples : length));
  return {
    inputs: padClips(clips, left ? LEFT : ZEROS_ON_THE_RIGHT, width),
    frames: masked || width !== undefined ? Float32Array.from(valid) : undefined,
    length: width === undefined ? undefined : Float32Array.of(length),
    labels: [...examples.labels],
  };
}

/**
 * Computes steps one after the other with one graph: the loss and gradients of each. A batch's arrays may be
 * reused for the next one.
 */
function steps(model: Model, batches: readonly Batch[]) {
  const names = trainableNames(model.weights, model.config);
  const draws = new RandomDraws(Random.stream(3, 'filled up'));
  const graph = new StepGraph(model, names, draws);
  return batches.map((batch) => {
    const into = Object.fromEntries(
      names.map((name) => [name, new Float32Array(model.weights[name]!.data.length)]),
    );
    const loss = graph.compute(batch, targetsOf(batch.labels, 5, 0, batch.labels.length), into);
    draws.nextStep();
    return { loss, into };
  });
}

const VARIANTS: [string, object, string][] = [
  ['group-norm', {}, 'group norm over the padded batch'],
  ['group-norm', { masked: true }, 'group norm with attention masks'],
  ['group-norm', { left: true }, 'group norm, padded on the left with another value'],
  ['stable-layer-norm', {}, 'layer norm'],
  ['stable-layer-norm', { masked: true }, 'layer norm with attention masks'],
  ['weighted-sum', {}, 'a sum of all layers'],
  ['hubert', {}, 'HuBERT'],
  ['families/wavlm', { masked: true }, 'WavLM with attention masks'],
  ['families/sew', {}, 'SEW'],
  ['families/sew', { masked: true }, 'SEW with attention masks'],
  ['families/sew-unprojected', { masked: true }, 'SEW with a sum of all layers'],
  ['families/data2vec-audio', {}, 'Data2Vec'],
  ['families/data2vec-audio', { masked: true }, 'Data2Vec with attention masks'],
  ['families/conformer-relative', {}, 'a Conformer'],
  ['families/conformer-relative', { masked: true }, 'a Conformer with attention masks'],
  ['families/conformer-rotary', { masked: true }, 'a Conformer with rotary positions'],
  ['bert/relative-key', {}, 'Wav2Vec2-BERT'],
  ['bert/relative-key-sum', { masked: true }, 'Wav2Vec2-BERT with attention masks'],
  ['bert/relative', { masked: true }, 'Wav2Vec2-BERT with relative positions'],
];

describe('batches that are padded further give the same numbers', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));
  for (const [name, how, what] of VARIANTS) {
    it(what, async () => {
      const model = await tinyModel(name, SPEC_AUGMENT);
      // Of samples, or of rows of features.
      const { row_size: unit } = model.config;
      const lengths = [
        [171, 90, 45],
        [25, 178, 178],
      ].map((some) => (unit === undefined ? some : some.map((length) => unit * Math.ceil(length / 7))));
      const width = unit === undefined ? 230 : 33 * unit;
      const plain = await Promise.all(lengths.map((one) => batchOf(model, one, how)));
      const filled = await Promise.all(lengths.map((one) => batchOf(model, one, { ...how, width })));
      const graph = new LogitsGraph(model);
      for (const [index, batch] of filled.entries())
        assert.ok(maxDifference(graph.compute(structuredClone(batch)), graph.compute(plain[index]!)) < 2e-6);
      const expected = steps(model, plain);
      for (const [index, actual] of steps(model, filled).entries()) {
        assert.ok(
          Math.abs(actual.loss - expected[index]!.loss) < 2e-6,
          `loss ${index}: ${actual.loss}, not ${expected[index]!.loss}`,
        );
        for (const [key, gradient] of Object.entries(actual.into)) {
          const theirs = expected[index]!.into[key]!;
          const scale = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          const difference = maxDifference(gradient, theirs);
          assert.ok(difference < 1e-4 * scale + 1e-6, `${key}: ${difference} of ${scale}`);
        }
      }
    });
  }

  it('whatever comes after what counts', async () => {
    const model = await tinyModel('group-norm', SPEC_AUGMENT);
    const batch = await batchOf(model, [171, 90], { width: 230 });
    const other = structuredClone(batch);
    for (const row of [0, 1]) other.inputs.data.fill(1000, row * 230 + 171, (row + 1) * 230);
    const [one] = steps(model, [batch]);
    const [two] = steps(model, [other]);
    assert.ok(Math.abs(one!.loss - two!.loss) < 1e-6);
  });
});
