import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibration } from '../../../src/learning/report/calibration.js';
import { classCurves } from '../../../src/learning/report/curves.js';
import { parseEvaluation } from '../../../src/learning/report/evaluation.js';
import { parseTrainerState, series } from '../../../src/learning/report/trainer-state.js';
import { evaluationFile } from '../../support/reported-run.js';

test('average precision and area under ROC are scikit-learn’s', () => {
  // The examples of average_precision_score and roc_auc_score in its documentation.
  const curves = classCurves([0.1, 0.4, 0.35, 0.8], [false, false, true, true])!;
  assert.ok(Math.abs(curves.averagePrecision - 0.8333333333) < 1e-9);
  assert.equal(curves.auc, 0.75);
});

test('clips with equal scores are one point of a curve, and a class without contrast has none', () => {
  const { points, auc } = classCurves([0.5, 0.5, 0.5, 0.5], [true, false, true, false])!;
  assert.deepEqual(points, [{ recall: 1, precision: 0.5, fall_out: 1 }]);
  assert.equal(auc, 0.5);
  assert.equal(classCurves([0.5, 0.6], [true, true]), undefined);
});

test('the calibration error is the mean distance of score and accuracy, by bins', () => {
  const clip = (score: number, right: boolean) => ({
    row: 0,
    label: 'a',
    predicted: right ? 'a' : 'b',
    score,
  });
  const { bins, error } = calibration([
    clip(0.9, true),
    clip(0.85, false),
    clip(0.3, false),
    clip(0.25, true),
  ]);
  assert.deepEqual(
    bins.map(({ low, clips, accuracy }) => [low, clips, accuracy]),
    [
      [0.2, 2, 0.5],
      [0.8, 2, 0.5],
    ],
  );
  assert.ok(Math.abs(error - (0.5 * 0.225 + 0.5 * 0.375)) < 1e-12);
});

test('a file that is no evaluation is left out, and scores are read in both forms', () => {
  for (const text of ['', 'null', '[]', '{}', '{"split":"a","labels":["x"],"confusion_matrix":[[1,2]]}'])
    assert.equal(parseEvaluation('scores', text), undefined, text);
  const labels = ['a', 'b'];
  const listed = evaluationFile(labels, [{ truth: 0, guess: 1, scores: [0.25, 0.75] }]);
  const named = listed.replace('[0.25,0.75]', '{"b":0.75,"a":0.25}');
  for (const text of [listed, named])
    assert.deepEqual(parseEvaluation('scores', text)!.predictions[0]!.scores, [0.25, 0.75]);
});

test('of a training log, only finite numbers are series', () => {
  const state = parseTrainerState(
    '{"log_history":[{"step":1,"loss":2},{"step":2,"loss":"<b>"},{"loss":3},null]}',
  )!;
  assert.deepEqual(series(state, 'loss'), [{ step: 1, value: 2 }]);
  assert.equal(parseTrainerState('{"log_history":1}'), undefined);
});

test('intervals and groups of an evaluation are read where they have the shape', () => {
  const extra = {
    intervals: { level: 0.95, accuracy: [0.25, 0.75], f1_macro: ['x', 1] },
    groups: [
      {
        by: 'speaker',
        groups: [{ group: 'ann', num_rows: 4, accuracy: 0.5, accuracy_interval: [0, 1] }, {}],
      },
      { by: 1 },
    ],
  };
  const file = evaluationFile(['a', 'b'], [{ truth: 0, guess: 1 }]);
  const { intervals, groups } = parseEvaluation('s', JSON.stringify({ ...JSON.parse(file), ...extra }))!;
  assert.deepEqual(intervals, { accuracy: [0.25, 0.75] });
  const ann = { group: 'ann', rows: 4, accuracy: 0.5, f1_macro: undefined, interval: [0, 1] };
  assert.deepEqual(groups, [{ by: 'speaker', groups: [ann] }]);
});
