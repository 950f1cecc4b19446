import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EditCase, sourceCases } from '../support/edit-cases.js';
import { checkEdits } from '../support/edits.js';

// Every kind of source and stage, as often as you like: scripts/check-edits.ts.
test('a table that is edited while it is read, and put back, is never taken for another', {
  timeout: 120_000,
}, async () => {
  const one: EditCase = await sourceCases.CSV!();
  try {
    const { edits, faults } = await checkEdits(one, { edits: 1, seed: 5 });
    assert.deepEqual(faults, []);
    assert.equal(edits, 1);
  } finally {
    one.project.remove();
  }
});
