import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEvaluation } from '../../../src/learning/report/evaluation.js';
import { checkBaseline } from '../../../src/project/doctor/baseline.js';
import { evaluationFile } from '../../support/reported-run.js';
import { factsOf } from '../../support/training-facts.js';

const evaluation = (guesses: readonly (readonly [truth: number, guess: number])[]) =>
  parseEvaluation(
    'scores',
    evaluationFile(
      ['yes', 'no'],
      guesses.map(([truth, guess]) => ({ truth, guess })),
    ),
  )!;

test('a model that always answers the most frequent class is no better than the baseline', async () => {
  const facts = await factsOf();
  const always = evaluation([...Array(6).fill([0, 0]), ...Array(4).fill([1, 0])]);
  const found = checkBaseline({ ...facts, evaluations: [always] });
  assert.equal(found.verdict, 'problem');
  assert.equal(
    found.found,
    "accuracy 0.600 on split 'test' is no better than the 0.600 of always answering 'yes', and the model answers 'yes' for 100 % of the clips",
  );
  assert.match(found.advice!, /training loss/);

  const right = evaluation([...Array(6).fill([0, 0]), ...Array(4).fill([1, 1])]);
  const better = checkBaseline({ ...facts, evaluations: [right] });
  assert.equal(better.verdict, 'fine');
  assert.equal(better.found, "accuracy 1.000 on split 'test', against the 0.600 of always answering 'yes'");
  // Few clips: the interval includes the baseline.
  const vague = checkBaseline({ ...facts, evaluations: [{ ...right, intervals: { accuracy: [0.55, 1] } }] });
  assert.match(vague.found, /is not clearly better than the 0\.600/);
});

test('without an evaluation, or without classes, there is nothing to compare', async () => {
  const facts = await factsOf();
  const none = checkBaseline(facts);
  assert.deepEqual([none.verdict, none.advice], ['unchecked', 'Make one with: etude run recipe.yaml']);
  const { verdict } = checkBaseline(await factsOf({ problem_type: 'multi_label_classification' }));
  assert.equal(verdict, 'unchecked');
});

test('a regression is compared with the mean', async () => {
  const facts = await factsOf({ problem_type: 'regression' });
  const check = (r2: number) => checkBaseline({ ...facts, measured: [{ split: 'test', metrics: { r2 } }] });
  assert.match(
    check(-0.25).found,
    /^R² -0\.250 on split 'test' is no better than always answering the mean$/,
  );
  assert.deepEqual(
    [check(-0.25).verdict, check(0.5).verdict, checkBaseline(facts).verdict],
    ['problem', 'fine', 'unchecked'],
  );
});
