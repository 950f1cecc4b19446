import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { groupFolds, rowFolds, stratifiedFolds } from '../../../src/learning/data/folds.js';
import { MersenneTwister } from '../../../src/random/mersenne-twister.js';

interface Case {
  kind: 'rows' | 'stratified' | 'group' | 'names';
  n: number;
  folds: number;
  seed: number | null;
  classes: number | null;
  names: string[] | null;
  fold_of: string;
}

const { cases, draws } = JSON.parse(
  readFileSync(new URL('../../fixtures/split/folds.json', import.meta.url), 'utf8'),
) as { cases: Case[]; draws: { seed: number; uint32: number[] } };

/** The formula of test/fixtures/split/folds.py. */
const labelsOf = (n: number, classes: number) =>
  Array.from({ length: n }, (_, i) => (i % 3 ? (i * i + 3 * i) % classes : i % classes));

function foldsOf({ kind, n, folds, seed, classes, names }: Case): number[] {
  const chosen = seed ?? undefined;
  if (kind === 'rows') return rowFolds(n, folds, chosen);
  if (kind === 'stratified') return stratifiedFolds(labelsOf(n, classes!), folds, chosen);
  return groupFolds(names ?? labelsOf(n, classes!), folds, chosen);
}

for (const one of cases) {
  const { kind, n, folds, seed } = one;
  test(`${folds} folds of ${n} ${kind}, ${seed === null ? 'in order' : `seed ${seed}`}: scikit-learn's`, () => {
    const text = foldsOf(one).map((fold) => fold.toString(36).toUpperCase());
    assert.equal(text.join(''), one.fold_of);
  });
}

test('the generator is that of RandomState, beyond its first renewal', () => {
  const random = new MersenneTwister(draws.seed);
  const drawn = Array.from({ length: 700 }, () => random.uint32());
  assert.deepEqual(drawn.slice(-5), draws.uint32);
  assert.throws(() => new MersenneTwister(2 ** 32), /2\^32/);
});

test('more folds than rows, groups or rows of every class are refused; a small class is not', () => {
  assert.throws(() => rowFolds(3, 4), /more folds than rows/);
  assert.throws(() => groupFolds(['a', 'a', 'b'], 3), /more folds than groups/);
  assert.throws(() => stratifiedFolds([0, 0, 1, 1], 3), /rows of any class/);
  assert.deepEqual(stratifiedFolds([0, 0, 0, 1], 3), [0, 1, 2, 0]);
});
