import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDamage } from '../support/damage.js';
import { tempFolder } from '../support/temp-folder.js';

// A thousand times: scripts/check-damage.ts.
test('a cache with any one of its files damaged gives the right result or a clear error', async () => {
  const { faults, kinds } = await checkDamage(tempFolder('damage'), { mutations: 8, seed: 7 });
  assert.deepEqual(faults, []);
  assert.equal(
    Object.values(kinds).reduce((sum, count) => sum + count, 0),
    8,
  );
});
