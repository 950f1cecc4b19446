import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { errorOf, throwProblem } from '../../../../src/learning/data/name-problems.js';
import {
  checkNames,
  classWeights,
  labelWeights,
} from '../../../../src/learning/training/losses/class-weights.js';
import { CrossEntropy } from '../../../../src/learning/training/losses/cross-entropy.js';
import type { OutlineProblem } from '../../../../src/stage/stage-type.js';
import { maxDifference } from '../../../support/reference-model.js';

const path = fileURLToPath(new URL('../../../fixtures/targets/metrics.json', import.meta.url));
const { weighted } = JSON.parse(readFileSync(path, 'utf8'));
const names = ['a', 'b', 'c', 'd'];

test("balanced weights equal scikit-learn's", () => {
  const weights = classWeights('balanced', names, weighted.labels, throwProblem)!;
  assert.ok(maxDifference(weights, weighted.balanced) < 1e-12);
});

test('classes that are not named have weight 1', () => {
  assert.deepEqual(classWeights({ c: 3, a: 0.5 }, names, [], throwProblem), [0.5, 1, 3, 1]);
  assert.equal(classWeights(undefined, names, [], throwProblem), undefined);
});

test('a class without rows cannot be balanced', () => {
  assert.throws(
    () => classWeights('balanced', names, [0, 2, 2], throwProblem),
    /no weight balances a class without rows: 'b', 'd'/,
  );
});

test('a label that every row has, or none, cannot be balanced, and every such label is named', () => {
  const rows = [
    [1, 1, 0],
    [1, 0, 0],
  ].flat();
  const found: OutlineProblem[] = [];
  labelWeights('balanced', ['always', 'some', 'never'], rows, (problem) => found.push(problem));
  assert.deepEqual(
    found.map(({ message }) => /'.*'/.exec(message)![0]),
    ["'never'", "'always'"],
  );
  assert.deepEqual(labelWeights('balanced', ['some'], [1, 0, 0], throwProblem), [2]);
});

test('all names that are no class are reported, with their place', () => {
  const problems: OutlineProblem[] = [];
  const given = { a: 1, bb: 2, constructor: 3 };
  checkNames('class_weights', given, ['a', 'bbb'], (problem) => problems.push(problem));
  assert.deepEqual(
    problems.map(({ param }) => param),
    [
      ['class_weights', 'bb'],
      ['class_weights', 'constructor'],
    ],
  );
  assert.match(
    errorOf(problems[0]!).describe(),
    /no class 'bb'[\s\S]*one of a, bbb[\s\S]*Did you mean 'bbb'/,
  );
});

test('the loss of an evaluation is weighted, smoothed and focused as in PyTorch', () => {
  const logits = Float32Array.from(weighted.logits);
  const { weights, smoothing, gamma } = weighted;
  const loss = (options: ConstructorParameters<typeof CrossEntropy>[1]) =>
    new CrossEntropy(names, options).measure(logits, weighted.labels).loss!;
  assert.ok(Math.abs(loss({ weights }) - weighted.cross_entropy) < 1e-9);
  assert.ok(Math.abs(loss({ weights, smoothing }) - weighted.smoothed) < 1e-9);
  assert.ok(Math.abs(loss({ weights, smoothing, gamma }) - weighted.focal) < 1e-9);
});
