import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../../../src/engine/open-engine.js';
import type { ModelConfig } from '../../../../src/learning/model/config.js';
import { parseSafetensors } from '../../../../src/learning/model/safetensors.js';
import { train } from '../../../../src/learning/training/train.js';
import { testDevice, testEngine } from '../../../support/engine.js';
import { maxDifference } from '../../../support/reference-model.js';
import { clips } from '../../../support/training-clips.js';
import { defaults, quiet, tinyModel } from '../../../support/training-setting.js';

interface Case {
  model: string;
  masked: boolean;
  layers: number | null;
  config: Partial<ModelConfig>;
  losses: number[];
}

const folder = fileURLToPath(new URL('../../../fixtures/frozen/', import.meta.url));
const fixture = JSON.parse(readFileSync(`${folder}frozen.json`, 'utf8'));
const trained = parseSafetensors(readFileSync(`${folder}frozen.safetensors`), 'frozen.safetensors');
const names = new Set(trained.entries.keys());

before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

describe('a training with frozen layers is that of PyTorch with the same parameters frozen', () => {
  for (const [index, { model: name, masked, layers, config, losses }] of (
    fixture.cases as Case[]
  ).entries()) {
    const what = layers === null ? 'base model' : `lowest layers: ${layers}`;
    it(`${name}${masked ? ', attention masks' : ''}, ${what}`, async () => {
      const model = await tinyModel(name, config);
      const { weights: start } = await tinyModel(name);
      const args = {
        ...defaults,
        ...(layers === null ? { freeze_base_model: true } : { freeze_layers: layers }),
        max_steps: fixture.steps,
        per_device_train_batch_size: fixture.clips,
        learning_rate: fixture.learning_rate,
        lr_scheduler_type: 'constant' as const,
        train_sampling_strategy: 'sequential' as const,
        logging_steps: 1,
      };
      const { log_history } = await train(await quiet({ args, model, train: clips('train', masked) }));
      losses.forEach((loss, step) => {
        assert.ok(Math.abs(log_history[step]!.loss! - loss) < 2e-6 * loss, `step ${step}`);
      });
      for (const [key, { data, integer }] of Object.entries(model.weights)) {
        const theirs = `${index}/${key}`;
        // The gradient of that is 0 but for rounding, which AdamW divides by its own size; so is that of what
        // linear_pos makes of cosines that are 1 at all distances.
        const isRounding = /((k_proj|linear_k)\.bias|linear_pos\.weight)$/.test(key);
        const limit = isRounding ? 2 * fixture.steps * fixture.learning_rate : 1e-5;
        if (names.has(theirs)) {
          const off = maxDifference(data, trained.read(theirs, integer).data);
          assert.ok(off < limit, `${key}: ${off}`);
        } else assert.deepEqual(data, start[key]!.data, key);
      }
    });
  }
});
