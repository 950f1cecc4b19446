import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tracked } from '../../../../src/learning/training/trackers/tracked.js';
import type { Tracker } from '../../../../src/learning/training/trackers/tracker.js';

test('trackers learn how a training ends', async () => {
  const seen: unknown[] = [];
  const tracker: Tracker = {
    begin: (step, history) => seen.push([step, history.length]),
    log: () => undefined,
    end: async (ending) => void seen.push(ending),
  };
  const stop = new AbortController();
  const follow = (train: () => Promise<void>) =>
    tracked([tracker], { global_step: 3, log_history: [{ loss: 1, step: 3 }] }, stop.signal, train);
  await follow(async () => undefined);
  await assert.rejects(
    follow(async () => assert.fail('no memory')),
    /no memory/,
  );
  stop.abort(new Error('Ctrl-C'));
  await assert.rejects(
    follow(async () => stop.signal.throwIfAborted()),
    /Ctrl-C/,
  );
  assert.deepEqual(seen, [[3, 1], 'finished', [3, 1], 'failed', [3, 1], 'interrupted']);
});
