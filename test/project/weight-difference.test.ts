import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSafetensors } from '../../src/learning/model/safetensors.js';
import { weightDifference } from '../../src/project/weight-difference.js';

const file = (weights: Record<string, number[]>) =>
  Buffer.concat(
    formatSafetensors(
      Object.fromEntries(
        Object.entries(weights).map(([name, data]) => [
          name,
          { shape: [data.length], data: Float32Array.from(data) },
        ]),
      ),
    ),
  );

test('weights differ by the largest of all differences', async () => {
  const before = file({ a: [1, 2], b: [3] });
  assert.equal(await weightDifference(before, before), 0);
  assert.equal(await weightDifference(before, file({ a: [1, 2.5], b: [2.75] })), 0.5);
});

test('checkpoints with other tensors cannot be compared', async () => {
  assert.equal(await weightDifference(file({ a: [1] }), file({ b: [1] })), undefined);
  assert.equal(await weightDifference(file({ a: [1] }), file({ a: [1, 2] })), undefined);
});
