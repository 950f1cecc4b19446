import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  learningRate,
  type SchedulerOptions,
  type SchedulerType,
  warmupSteps,
} from '../../../src/learning/training/learning-rate.js';
import { afterEvaluation, initialPlateau } from '../../../src/learning/training/reduce-on-plateau.js';
import { fixtures, maxDifference } from '../../support/reference-model.js';

interface Case {
  type: SchedulerType;
  kwargs: SchedulerOptions;
  warmup: number;
  steps: number;
  learning_rate: number;
  rates: number[];
}

/** Learning rates of `reduce_lr_on_plateau` after evaluations with these values. */
interface Plateau {
  kwargs: SchedulerOptions;
  values: number[];
  learning_rate: number;
  rates: number[];
}

const old: Case[] = JSON.parse(readFileSync(join(fixtures, 'schedules.json'), 'utf8'));
const more: { schedules: Case[]; plateaus: Plateau[] } = JSON.parse(
  readFileSync(join(fixtures, '../training/schedules.json'), 'utf8'),
);
const cases = [...old, ...more.schedules];

for (const { type, kwargs, warmup, steps, learning_rate, rates } of cases) {
  test(`${type} ${JSON.stringify(kwargs)} with ${warmup} steps of warm-up gives transformers' rates`, () => {
    const args = {
      lr_scheduler_type: type,
      lr_scheduler_kwargs: kwargs,
      learning_rate,
      warmup_steps: warmup,
      warmup_ratio: 0,
    };
    // A schedule with a length of its own does not depend on how long the training is.
    const own = { ...args, lr_scheduler_kwargs: { ...kwargs, num_training_steps: steps } };
    for (const [given, length] of [
      [args, steps],
      [own, steps + 7],
    ] as const) {
      const found = rates.map((_, step) => learningRate(step, length, given));
      assert.ok(maxDifference(found, rates) < 1e-15);
    }
  });
}

for (const { kwargs, values, learning_rate, rates } of more.plateaus) {
  test(`reduce_lr_on_plateau ${JSON.stringify(kwargs)} gives PyTorch's rates`, () => {
    let state = initialPlateau(learning_rate);
    const found = values.map((value) => {
      state = afterEvaluation(state, value, kwargs);
      return state.learning_rate;
    });
    assert.ok(maxDifference(found, rates) < 1e-15);
  });
}

test('warm-up is counted as the Trainer counts it', () => {
  assert.equal(warmupSteps({ warmup_steps: 0, warmup_ratio: 0.1 }, 101), 11);
  assert.equal(warmupSteps({ warmup_steps: 5, warmup_ratio: 0.1 }, 101), 5);
  assert.equal(warmupSteps({ warmup_steps: 0.5, warmup_ratio: 0 }, 101), 51);
});
