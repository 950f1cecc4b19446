import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkDamage } from '../support/damage.js';

// A thousand times: scripts/check-damage.ts.
test('a cache with any one of its files damaged gives the right result or a clear error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'etude-damage-'));
  try {
    const { faults, kinds } = await checkDamage(folder, { mutations: 8, seed: 7 });
    assert.deepEqual(faults, []);
    assert.equal(
      Object.values(kinds).reduce((sum, count) => sum + count, 0),
      8,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
