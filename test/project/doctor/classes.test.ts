import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkClasses } from '../../../src/project/doctor/classes.js';
import { factsOf } from '../../support/training-facts.js';

const names = ['yes', 'no', 'maybe'];

test('a class without a clip to train on is a problem', async () => {
  const facts = await factsOf();
  const check = (train: number[], evaluation?: number[]) =>
    checkClasses({
      ...facts,
      labelled: {
        names,
        train: { split: 'train', labels: train },
        evaluation: evaluation && { split: 'test', labels: evaluation },
      },
    });
  const whole = check([0, 1, 2], [2, 1, 0]);
  assert.deepEqual([whole.verdict, whole.found], ['fine', "split 'train' has clips of all 3 classes"]);
  const lacking = check([0, 1, 1], [0, 1, 2]);
  assert.equal(lacking.verdict, 'problem');
  assert.match(lacking.found, /^no clip of split 'train' is of class 'maybe', .*; split 'test' has clips of/);
  assert.match(lacking.advice!, /stratify_by_column/);
});

test('labels that are not known are not checked, nor are numbers', async () => {
  const facts = await factsOf();
  const missing = { missing: "'features' is not in the cache", advice: 'Compute it.' };
  assert.deepEqual(checkClasses({ ...facts, labelled: missing }), {
    check: 'classes',
    verdict: 'unchecked',
    found: missing.missing,
    advice: missing.advice,
  });
  assert.equal(checkClasses(await factsOf({ problem_type: 'regression' })).verdict, 'unchecked');
});
