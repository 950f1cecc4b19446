import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReproduced } from '../../src/cli/commands/reproduce.js';

test('what is equal within tolerance only is reproduced, unless bytes must be equal; no other verdict is', () => {
  const verdicts = ['byte-equal', 'within-tolerance', 'different', 'failed'] as const;
  const passing = (exact?: boolean) => verdicts.filter((verdict) => isReproduced({ verdict }, { exact }));
  assert.deepEqual(passing(), ['byte-equal', 'within-tolerance']);
  assert.deepEqual(passing(true), ['byte-equal']);
});
