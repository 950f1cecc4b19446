import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EditCase, sourceCases } from '../support/edit-cases.js';
import { checkEdits } from '../support/edits.js';

// With every kind of source and stage, any number of times: scripts/check-edits.ts.
test('a table that is edited while it is read, and then restored, is never mistaken for another', {
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
