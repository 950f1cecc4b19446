import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { ZEROS_ON_THE_RIGHT } from '../../../src/learning/audio/padding.js';
import type { Examples } from '../../../src/learning/training/examples.js';
import { train } from '../../../src/learning/training/train.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { fixtures, maxDifference } from '../../support/reference-model.js';
import { defaults, quiet, tinyModel } from '../../support/training-setting.js';

interface Curve {
  inputs: number[];
  labels: number[];
  losses: number[];
  norms: number[];
  rates: number[];
  classifier: number[];
}

const curve: Curve = JSON.parse(readFileSync(join(fixtures, 'curve.json'), 'utf8'));

function examples(): Examples {
  const samples = curve.inputs.length / curve.labels.length;
  return {
    split: 'train',
    size: curve.labels.length,
    labels: curve.labels,
    lengths: curve.labels.map(() => samples),
    padding: ZEROS_ON_THE_RIGHT,
    samples: async (row) => Float32Array.from(curve.inputs.slice(row * samples, (row + 1) * samples)),
  };
}

describe('a training follows the loss curve that PyTorch takes', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

  // One batch of all clips, and the same clips accumulated, including an uneven last batch.
  for (const [size, accumulation] of [
    [6, 1],
    [2, 3],
    [4, 2],
  ] as const) {
    it(`batches of ${size}, ${accumulation} accumulated`, async () => {
      const model = await tinyModel();
      const args = {
        ...defaults,
        per_device_train_batch_size: size,
        gradient_accumulation_steps: accumulation,
        learning_rate: 5e-3,
        weight_decay: 0.05,
        warmup_steps: 3,
        num_train_epochs: 12,
        logging_steps: 1,
      };
      const { log_history } = await train(await quiet({ args, model, train: examples() }));
      const logged = (name: string) => log_history.flatMap((entry) => entry[name] ?? []);
      assert.ok(maxDifference(logged('loss'), curve.losses) < 2e-5, 'losses');
      assert.ok(maxDifference(logged('grad_norm'), curve.norms) < 2e-4, 'gradient norms');
      assert.ok(maxDifference(logged('learning_rate'), curve.rates) < 1e-12, 'learning rates');
      assert.ok(
        maxDifference(model.weights['classifier.weight']!.data, curve.classifier) < 2e-4,
        'final weights',
      );
    });
  }
});
