import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Warnings } from '../../../src/pipeline/run/warnings.js';

test('warnings are stored once each, on one line, and limited in number and length', () => {
  const warnings = new Warnings();
  assert.equal(warnings.list(), undefined);
  for (const text of ['a\nb\u001b[2J', 'a\nb\u001b[2J', 'x'.repeat(5000)]) warnings.add(text);
  assert.deepEqual(warnings.list(), ['a b [2J', 'x'.repeat(1000)]);
  for (let i = 0; i < 500; i++) warnings.add(`${i}`);
  assert.equal(warnings.list()?.length, 201);
  assert.equal(warnings.list()?.at(-1), '302 more warnings');
});
