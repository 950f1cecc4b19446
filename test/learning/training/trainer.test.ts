import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../../src/engine/open-engine.js';
import { parseSafetensors } from '../../../src/learning/model/safetensors.js';
import type { TrainingArguments } from '../../../src/learning/training/argument-types.js';
import { train } from '../../../src/learning/training/train.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { maxDifference } from '../../support/reference-model.js';
import { clips } from '../../support/training-clips.js';
import { defaults, quiet, tinyModel } from '../../support/training-setting.js';

/** What the actual Trainer did: see test/fixtures/training/make.py. */
interface Fixture {
  model: string;
  masked: boolean;
  args: Partial<TrainingArguments>;
  log_history: Record<string, number>[];
  log_history_of_sums?: Record<string, number>[];
  best_metric: number | null;
  best_global_step: number | null;
  global_step: number;
}

const folder = fileURLToPath(new URL('../../fixtures/training/', import.meta.url));
const fixture = (name: string): Fixture => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
const tensors = (name: string) =>
  parseSafetensors(readFileSync(join(folder, `${name}.safetensors`)), `${name}.safetensors`);

const VARIANTS: Record<string, string> = {
  defaults: 'the defaults, an uneven last batch, evaluation each epoch',
  everything:
    'weight decay, warm-up, a cosine, accumulation with uneven groups, clipping at each step, label smoothing, other Adam settings, the best model at the end',
  masked: 'attention masks, a fractional last epoch, the mean loss since the last log, parts of all steps',
  accumulated: 'accumulation without smoothing, warm-up, stable, decay; a log an epoch',
  plateau: 'a frozen feature encoder, a rate that falls on a plateau, early stopping, the best model saved',
};

describe('a training with dropout off does what the Trainer of transformers does', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

  for (const [name, what] of Object.entries(VARIANTS)) {
    it(`${name}: ${what}`, async () => {
      const expected = fixture(name);
      const model = await tinyModel(expected.model);
      const args = { ...defaults, train_sampling_strategy: 'sequential', ...expected.args } as const;
      const evaluation = clips('test', expected.masked);
      const reported: Record<string, number>[] = [];
      let ended = 0;
      const tracker = {
        begin: (step: number) => assert.equal(step, 0),
        log: (entry: Record<string, number>) => reported.push(entry),
        end: async () => {
          ended += 1;
        },
      };
      const options = { args, model, train: clips('train', expected.masked), evaluation };
      const state = await train(await quiet({ ...options, trackers: [tracker] }));
      assertSameLog(state.log_history, expected.log_history);
      assert.deepEqual([reported, ended], [state.log_history, 1]);
      assert.equal(state.global_step, expected.global_step);
      assert.equal(state.best_global_step ?? null, expected.best_global_step);
      if (expected.best_metric !== null) assertClose(state.best_metric!, expected.best_metric, 1e-4);
      const weights = tensors(name);
      for (const [parameter, { data }] of Object.entries(model.weights)) {
        const difference = maxDifference(data, weights.read(parameter).data);
        assert.ok(difference < tolerance(parameter, args), `${parameter}: ${difference}`);
      }
    });
  }
});

describe('accumulation without label smoothing', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));
  const { args, model: name, log_history: means, log_history_of_sums: sums } = fixture('accumulated');

  it('the Trainer trains on the sum of the batches, where the head does not average', () => {
    // Epochs of 20 clips: an update of two batches, then one of a single batch.
    const [mean, sum] = [means[0]!.loss!, sums![0]!.loss!];
    assert.ok(sum > 1.5 * mean && sum < 1.55 * mean, `${sum}, ${mean}`);
  });

  it("Etude does the same with gradient_accumulation_loss 'sum'", async () => {
    const own = { train_sampling_strategy: 'sequential', gradient_accumulation_loss: 'sum' } as const;
    const options = { args: { ...defaults, ...args, ...own }, model: await tinyModel(name) };
    const state = await train(await quiet({ ...options, train: clips('train', false) }));
    assertSameLog(state.log_history, sums!);
  });
});

/**
 * Attention does not change when all keys shift: the gradient of `k_proj.bias` is 0 except for rounding,
 * which AdamW divides by its own size. So each step moves it randomly, by at most the learning rate, and
 * nothing depends on it.
 */
function tolerance(parameter: string, { learning_rate }: TrainingArguments): number {
  return parameter.endsWith('k_proj.bias') ? 30 * learning_rate : 1e-4;
}

function assertSameLog(actual: Record<string, number>[], expected: Record<string, number>[]): void {
  const ours = actual.map(({ eval_f1_macro: _macro, eval_f1_weighted: _weighted, ...entry }) => entry);
  assert.deepEqual(
    ours.map((entry) => Object.keys(entry).sort()),
    expected.map((entry) => Object.keys(entry).sort()),
  );
  for (const [index, entry] of expected.entries()) {
    for (const [name, value] of Object.entries(entry)) {
      const tolerance = /loss|grad_norm/.test(name) ? 1e-4 : 1e-12;
      assertClose(ours[index]![name]!, value, tolerance, `${name} at step ${entry.step}`);
    }
  }
}

function assertClose(actual: number, expected: number, relative: number, what = ''): void {
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.abs(expected),
    `${what}: ${actual}, not ${expected}`,
  );
}
