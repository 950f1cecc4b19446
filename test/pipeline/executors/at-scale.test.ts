import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Scenario, Simulation } from '../../support/simulate-jobs.js';

const SCENARIO: Scenario = { stages: 10_000, atOnce: 2000, kills: 6, pollMs: 5000, seed: 20 };

async function simulate(scenario: Scenario): Promise<Simulation> {
  const worker = new Worker(new URL('../../support/simulate-jobs.js', import.meta.url), {
    // Less often collected: a third of the time.
    resourceLimits: { maxYoungGenerationSizeMb: 128 },
  });
  worker.postMessage(scenario);
  const [simulation] = (await once(worker, 'message')) as [Simulation];
  await worker.terminate();
  return simulation;
}

test('10,000 stages on an unreliable cluster, by processes that are killed: each result once, no job lost', async (t) => {
  const { stages, kills, pollMs } = SCENARIO;
  const { ms, jobs, ends, calls, faults } = await simulate(SCENARIO);
  const minutes = (ms / 60_000).toFixed(0);
  t.diagnostic(`${minutes} min, ${jobs} jobs, ${[ends, calls, faults].map((each) => JSON.stringify(each))}`);
  const fruitless = ends.lost + ends.vanishes + ends['time-limit'] + ends.completing;
  assert.ok(Math.min(...Object.values(ends)) > stages / 100);
  // Another job followed only on one without a result, and all were waited for.
  assert.equal(jobs, stages + fruitless);
  assert.equal(
    Object.values(ends).reduce((a, b) => a + b),
    jobs,
  );
  // One question at a time for all jobs, however many there are.
  assert.ok(calls.status <= ms / pollMs + kills, `${calls.status} questions`);
  const { refused, unanswered } = faults;
  assert.ok(refused > stages / 50 && unanswered > stages / 30);
  // A killed process leaves no more than four submissions of which nobody knows.
  const unclear = refused + unanswered + 4 * kills;
  assert.ok(calls.find <= 20 * unclear, `${calls.find} questions for a name`);
  assert.deepEqual([calls.submit, calls.cancel], [jobs + refused, 0]);
});
