import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueTime } from '../../../src/pipeline/run/queue-time.js';

test('the time in the queue is that of all jobs, without that in which they run', () => {
  let now = 0;
  const queue = new QueueTime(() => now);
  const states = [
    [0, 'submitting'],
    [1000, 'queued'],
    [3000, 'running'],
    [9000, 'running'],
    [10_000, 'submitting'],
    [14_000, 'running'],
  ] as const;
  for (const [at, state] of states) {
    now = at;
    queue.note(state);
  }
  now = 60_000;
  assert.equal(queue.seconds, 7);
  queue.note('queued');
  now = 61_000;
  assert.equal(queue.seconds, 8);
});
