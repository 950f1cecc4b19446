import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fallsWhenBetter } from '../../src/stage/falls-when-better.js';

test('losses and errors fall when a model gets better, whatever is before the word', () => {
  for (const name of ['loss', 'eval_loss', 'huberloss', 'mse', 'test_mae', 'ece', 'word_error', 'error'])
    assert.ok(fallsWhenBetter(name), name);
  for (const name of ['accuracy', 'f1', 'macroece', 'errors_found', 'lossless', 'r2'])
    assert.ok(!fallsWhenBetter(name), name);
});
