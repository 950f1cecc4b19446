import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSchedule } from '../../../src/project/doctor/schedule.js';
import { factsOf } from '../../support/training-facts.js';

test("the guide's MInDS-14 is too short for its learning rate, its keyword spotting is not", async () => {
  const guide = {
    learning_rate: 3e-5,
    per_device_train_batch_size: 32,
    gradient_accumulation_steps: 4,
    warmup_ratio: 0.1,
  };
  const minds = checkSchedule({ ...(await factsOf({ ...guide, num_train_epochs: 10 })), clips: 450 });
  assert.equal(minds.verdict, 'problem');
  assert.match(
    minds.found,
    /^40 updates \(10 epochs of 15 batches\) at learning rates up to 3e-5 move .* 6e-4/,
  );
  assert.match(
    minds.advice!,
    /num_train_epochs 50\); set gradient_accumulation_steps to 1, .*learning_rate, to 0\.0002 at most/,
  );
  const superb = checkSchedule({ ...(await factsOf({ ...guide, num_train_epochs: 5 })), clips: 51094 });
  assert.equal(superb.verdict, 'fine');
});

test('warm-up that takes most of the training, and a schedule that ends before it, are problems', async () => {
  const given = { learning_rate: 1e-3, max_steps: 100 };
  const warmed = checkSchedule({ ...(await factsOf({ ...given, warmup_steps: 500 })), clips: 80 });
  assert.match(warmed.found, /^warm-up takes 500 of 100 updates/);
  assert.match(warmed.advice!, /warmup_steps/);
  const lr_scheduler_kwargs = { num_training_steps: 20 };
  const ended = checkSchedule({ ...(await factsOf({ ...given, lr_scheduler_kwargs })), clips: 80 });
  assert.match(ended.found, /ends at step 20/);
  assert.equal(checkSchedule({ ...(await factsOf(given)), clips: 80 }).verdict, 'fine');
  assert.equal(checkSchedule(await factsOf(given)).verdict, 'unchecked');
});
