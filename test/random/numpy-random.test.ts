import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NumpyRandom } from '../../src/random/numpy-random.js';

const { draws } = JSON.parse(readFileSync(new URL('../fixtures/split/split.json', import.meta.url), 'utf8'));

test('one generator draws what numpy.random.default_rng draws, in sequence', () => {
  const rng = new NumpyRandom(draws.seed);
  const ten = Array.from({ length: 10 }, (_, i) => i);
  const many = Array.from({ length: 10001 }, (_, i) => i);
  assert.deepEqual([...rng.permutation(5)], draws.permutation_5);
  assert.deepEqual([...rng.choice(ten, 3)], draws.choice_3_of_10);
  assert.deepEqual([...rng.choice(ten, 8)], draws.choice_8_of_10);
  assert.deepEqual([...rng.choice(many, 300)].slice(0, 20), draws.choice_300_of_10001);
  assert.deepEqual([...rng.permutation(1)], draws.permutation_1);
  assert.deepEqual([...rng.permutation(3)], draws.permutation_3);
});

test('a seed that NumPy would refuse is refused', () => {
  assert.throws(() => new NumpyRandom(-1), RangeError);
  assert.throws(() => new NumpyRandom(1.5), RangeError);
});
