import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { ZEROS_ON_THE_RIGHT } from '../../../src/learning/audio/padding.js';
import { RandomDraws } from '../../../src/learning/model/random-draws.js';
import type { TrainingArguments } from '../../../src/learning/training/argument-types.js';
import { sampleBatches } from '../../../src/learning/training/batches.js';
import type { Examples } from '../../../src/learning/training/examples.js';
import { targetsOf } from '../../../src/learning/training/losses/targets.js';
import { samplingOrder } from '../../../src/learning/training/sampling-order.js';
import { checkShortBatches, maskLengthProblem } from '../../../src/learning/training/spec-augment-checks.js';
import { StepGraph } from '../../../src/learning/training/step-graph.js';
import { trainableNames } from '../../../src/learning/training/trainable-names.js';
import type { Random } from '../../../src/random/random.js';
import { EtudeError } from '../../../src/util/errors.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { defaults, noise, tinyModel } from '../../support/training-setting.js';

/**
 * What transformers does with clips shorter than a span of SpecAugment: see test/fixtures/training/make.py.
 */
interface ShortBatch {
  model: string;
  masked: boolean;
  lengths: number[];
  clips: number[][];
  epsilon: number;
  starts: number[][];
  loss: number;
  gradients: Record<string, number>;
}
const fixture: { batches: ShortBatch[]; refused: { lengths: number[]; message: string } } = JSON.parse(
  readFileSync(new URL('../../fixtures/training/short-clips.json', import.meta.url), 'utf8'),
);

const SPEC_AUGMENT = { apply_spec_augment: true, mask_time_prob: 0.4, mask_time_length: 5 };

/** The fixture's clips as a split; with attention masks padded by the dataset, as map-preprocess does. */
function examplesOf({ clips, lengths, masked }: ShortBatch): Examples {
  const most = Math.max(...lengths);
  const padded = clips.map((clip) => {
    const samples = new Float32Array(masked ? most : clip.length);
    samples.set(clip);
    return samples;
  });
  return {
    split: 'train',
    size: clips.length,
    labels: clips.map((_, row) => row % 5),
    lengths: padded.map(({ length }) => length),
    validLengths: masked ? lengths : undefined,
    padding: ZEROS_ON_THE_RIGHT,
    samples: async (row) => padded[row]!,
  };
}

/** Gives the numbers that NumPy drew. */
function drawn({ epsilon, starts }: ShortBatch): Random {
  const left = starts.filter((row) => row.length > 0);
  return { uniform: () => epsilon, choice: () => left.shift()! } as unknown as Random;
}

describe('clips shorter than a span are trained on as in transformers', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));
  for (const expected of fixture.batches) {
    const { model: name, lengths, masked } = expected;
    it(`${name}, ${lengths.join(', ')} samples${masked ? ', with attention masks' : ''}`, async () => {
      const model = await tinyModel(name, SPEC_AUGMENT);
      const names = trainableNames(model.weights, model.config);
      const graph = new StepGraph(model, names, new RandomDraws(drawn(expected)));
      const rows = lengths.map((_, row) => row);
      const batch = await sampleBatches(examplesOf(expected), model.config)(rows);
      const into = Object.fromEntries(
        names.map((key) => [key, new Float32Array(model.weights[key]!.data.length)]),
      );
      const loss = graph.compute(batch, targetsOf(batch.labels, 5, 0, rows.length), into);
      assert.ok(Math.abs(loss - expected.loss) < 1e-5, `${loss}, not ${expected.loss}`);
      const scale = Math.max(...Object.values(expected.gradients));
      for (const [key, gradient] of Object.entries(into)) {
        const norm = Math.hypot(...gradient);
        const theirs = expected.gradients[key]!;
        assert.ok(Math.abs(norm - theirs) < 1e-4 * theirs + 1e-6 * scale, `${key}: ${norm}, not ${theirs}`);
      }
    });
  }
});

describe('a batch of nothing but such clips', () => {
  const check = async (
    examples: Examples,
    args: Partial<TrainingArguments> = {},
    changes: Partial<typeof SPEC_AUGMENT> = {},
  ) => {
    const { config } = await tinyModel('group-norm', { ...SPEC_AUGMENT, ...changes });
    return checkShortBatches(examples, { ...defaults, ...args }, config);
  };
  const short = noise(3, (row) => fixture.refused.lengths[row]!);
  /** Five clips that are long enough, then one that is not. */
  const last = noise(6, (row) => (row < 5 ? 160 : 45));
  const sequential = { train_sampling_strategy: 'sequential', per_device_train_batch_size: 5 } as const;

  it('is refused before the training, where transformers raises in the middle of it', async () => {
    assert.match(fixture.refused.message, /mask_length.*has to be smaller than/);
    await assert.rejects(check(short), /no clip in a batch is long enough/);
    await assert.rejects(check(last, sequential), (error) => {
      assert.ok(error instanceof EtudeError);
      assert.match(error.describe(), /batch 2 of epoch 1: row 5 \(3 frames\) of split 'train'/);
      return true;
    });
  });

  it('does not matter where there is no such batch, or no SpecAugment', async () => {
    await check(last);
    await check(last, { ...sequential, dataloader_drop_last: true });
    await check(last, { ...sequential, max_steps: 1 });
    await check(short, {}, { apply_spec_augment: false });
    await check(short, {}, { mask_time_prob: 0 });
    await check(short, {}, { mask_time_length: 3 });
  });

  it('is found in the epoch whose order makes it', async () => {
    const two = { per_device_train_batch_size: 2, num_train_epochs: 200 };
    const examples = noise(6, (row) => (row < 4 ? 160 : 45));
    const pairs = (epoch: number) => {
      const order = [...samplingOrder(examples, epoch, { ...defaults, ...two })];
      return [0, 2, 4].map((start) =>
        order
          .slice(start, start + 2)
          .sort()
          .join(' and '),
      );
    };
    const first = Array.from({ length: 200 }, (_, epoch) => pairs(epoch)).findIndex((all) =>
      all.includes('4 and 5'),
    );
    assert.ok(first > 0, String(first));
    await check(examples, { ...two, num_train_epochs: first });
    await assert.rejects(check(examples, two), (error) =>
      (error as EtudeError).got!.includes(`of epoch ${first + 1}: `),
    );
  });
});

it('spans of more dimensions than there are', async () => {
  const { config } = await tinyModel('group-norm', SPEC_AUGMENT);
  const of = (changes: Partial<typeof config>) =>
    maskLengthProblem({ ...config, mask_feature_prob: 0.1, ...changes })?.message;
  assert.equal(of({ mask_feature_length: config.hidden_size }), undefined);
  const mask_feature_length = config.hidden_size + 1;
  assert.equal(of({ mask_feature_length }), 'mask_feature_length is larger than the hidden size');
  assert.equal(of({ mask_feature_length, mask_feature_prob: 0 }), undefined);
  assert.equal(of({ mask_feature_length, apply_spec_augment: false }), undefined);
});
