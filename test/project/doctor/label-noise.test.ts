import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEvaluation } from '../../../src/learning/report/evaluation.js';
import { checkLabelNoise } from '../../../src/project/doctor/label-noise.js';
import { evaluationFile } from '../../support/reported-run.js';
import { factsOf } from '../../support/training-facts.js';

/** 20 clips of which the model is sure; it disagrees with the labels of the first `wrong`. */
const evaluation = (wrong: number) =>
  parseEvaluation(
    'scores',
    evaluationFile(
      ['yes', 'no'],
      Array.from({ length: 20 }, (_, row) => {
        const guess = row % 2;
        const scores = guess === 0 ? [0.95, 0.05] : [0.05, 0.95];
        return { truth: row < wrong ? 1 - guess : guess, guess, scores };
      }),
    ),
  )!;

test('labels that a good model is sure are wrong are counted, with how to hear them', async () => {
  const facts = await factsOf();
  const noisy = checkLabelNoise({ ...facts, evaluations: [evaluation(4)] });
  assert.equal(noisy.verdict, 'problem');
  assert.equal(noisy.found, "labels that are probably wrong: 4 of 20 clips of split 'test' (20 %)");
  assert.match(
    noisy.advice!,
    /etude play recipe\.yaml scores ROW --split test plays one \(rows \d+, \d+, \d+, …\)/,
  );
  assert.equal(checkLabelNoise({ ...facts, evaluations: [evaluation(1)] }).verdict, 'fine');
});

test('a model that is often wrong does not judge labels', async () => {
  const facts = await factsOf();
  const poor = checkLabelNoise({ ...facts, evaluations: [evaluation(12)] });
  assert.deepEqual([poor.verdict, /too often wrong/.test(poor.found)], ['unchecked', true]);
  assert.equal(checkLabelNoise(facts).verdict, 'unchecked');
});
