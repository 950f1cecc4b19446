import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  learningRate,
  type SchedulerOptions,
  type SchedulerType,
  warmupSteps,
} from '../../src/training/schedule.js';
import { fixtures, maxDifference } from '../model/reference.js';

interface Case {
  type: SchedulerType;
  kwargs: SchedulerOptions;
  warmup: number;
  steps: number;
  learning_rate: number;
  rates: number[];
}

const cases: Case[] = JSON.parse(readFileSync(join(fixtures, 'schedules.json'), 'utf8'));

for (const { type, kwargs, warmup, steps, learning_rate, rates } of cases) {
  test(`${type} ${JSON.stringify(kwargs)} with ${warmup} steps of warm-up gives transformers' rates`, () => {
    const args = {
      lr_scheduler_type: type,
      lr_scheduler_kwargs: kwargs,
      learning_rate,
      warmup_steps: warmup,
      warmup_ratio: 0,
    };
    assert.ok(
      maxDifference(
        rates.map((_, step) => learningRate(step, steps, args)),
        rates,
      ) < 1e-15,
    );
  });
}

test('warm-up is counted as the Trainer counts it', () => {
  const args = { lr_scheduler_type: 'linear', lr_scheduler_kwargs: {}, learning_rate: 1 } as const;
  assert.equal(warmupSteps({ ...args, warmup_steps: 0, warmup_ratio: 0.1 }, 101), 11);
  assert.equal(warmupSteps({ ...args, warmup_steps: 5, warmup_ratio: 0.1 }, 101), 5);
  assert.equal(warmupSteps({ ...args, warmup_steps: 0.5, warmup_ratio: 0 }, 101), 51);
});
