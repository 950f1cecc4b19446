import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgressThrottle } from '../../../../src/pipeline/run/events/progress-throttle.js';

test('a burst of reports is thinned out, and its last one is never lost', () => {
  const seen: number[] = [];
  const throttle = new ProgressThrottle(({ done }) => seen.push(done));
  for (let done = 1; done <= 100_000; done++) throttle.push({ done, unit: 'rows' });
  throttle.flush();
  assert.equal(seen[0], 1);
  assert.equal(seen.at(-1), 100_000);
  assert.ok(seen.length < 100, `${seen.length} reports`);
});

test('flush reports nothing twice', () => {
  const seen: number[] = [];
  const throttle = new ProgressThrottle(({ done }) => seen.push(done));
  throttle.push({ done: 1, unit: 'rows' });
  throttle.flush();
  throttle.flush();
  assert.deepEqual(seen, [1]);
});
