import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricTable } from '../../src/ui/metrics.js';
import { secondsLeft, wholeTimeLeft } from '../../src/ui/time-left.js';
import { allHits, fractionOf, initialView, type RunView, reduce, waitsFor } from '../../src/ui/view-model.js';
import {
  cancelledRun,
  type EventScript,
  guidePlan,
  guideRun,
  hitsOnly,
  EventScript as Script,
  trainingAt,
} from '../support/ui/events.js';

function viewOf(script: EventScript, until = Number.POSITIVE_INFINITY): RunView {
  return script.events.filter((event) => event.at <= until).reduce(reduce, initialView);
}

const stageOf = (view: RunView, id: string) => view.stages.find((stage) => stage.id === id)!;

test('a waiting stage names the inputs that are not done', () => {
  const view = viewOf(guideRun(), 1000);
  assert.equal(waitsFor(stageOf(view, 'scores'), view), 'waiting for model, encoded');
});

test('progress is a fraction, with the time left from its smoothed rate', () => {
  const script = new Script().started(guidePlan(3)).stage('speech');
  for (let done = 0; done <= 50; done += 10)
    script.wait(1).progress('speech', { done, total: 100, unit: 'clips' });
  const speech = stageOf(viewOf(script), 'speech');
  assert.equal(fractionOf(speech), 0.5);
  assert.ok(Math.abs(secondsLeft(speech, 6000)! - 5) < 1e-6);
  assert.ok(Math.abs(secondsLeft(speech, 8000)! - 3) < 1e-6);
});

test('before the first rate the prediction counts down', () => {
  const view = viewOf(new Script().started(guidePlan(3)).stage('speech'));
  assert.equal(secondsLeft(stageOf(view, 'speech'), 1000), 4);
});

test('an uncertain prediction is a range, until the speed of the stage is known', () => {
  const lines = [
    {
      ...guidePlan(3)[0]!,
      id: 'model',
      status: 'run' as const,
      predictedSeconds: 20,
      predictedRange: [10, 40] as [number, number],
    },
  ];
  const script = new Script().started(lines);
  assert.deepEqual(wholeTimeLeft(viewOf(script).stages, 0), [10, 40]);
  script.stage('model');
  const running = viewOf(script);
  assert.equal(secondsLeft(stageOf(running, 'model'), 4000), undefined);
  assert.deepEqual(wholeTimeLeft(running.stages, 4000), [6, 36]);
  assert.deepEqual(wholeTimeLeft(running.stages, 30_000), [0, 10]);
  for (let done = 0; done <= 50; done += 10)
    script.wait(1).progress('model', { done, total: 100, unit: 'clips' });
  const [low, high] = wholeTimeLeft(viewOf(script).stages, 6000)!;
  assert.ok(low === high && Math.abs(low - 5) < 1e-6);
});

test('training progress is measured in steps while it evaluates', () => {
  const script = new Script().started(guidePlan(6)).stage('model');
  for (let step = 1; step <= 20; step++) script.wait(1).progress('model', trainingAt(step, 100));
  script.wait(1).progress('model', { done: 5, total: 113, unit: 'clips', phase: 'evaluating' });
  const model = stageOf(viewOf(script), 'model');
  assert.equal(fractionOf(model), 0.2);
  assert.equal(model.losses.cells.length, 20);
  assert.ok(Math.abs(secondsLeft(model, 21_000)! - 79) < 1);
});

test('a step that is reported twice counts once in the losses', () => {
  const script = new Script().started(guidePlan(6)).stage('model');
  script
    .progress('model', trainingAt(1, 10))
    .progress('model', trainingAt(1, 10))
    .progress('model', trainingAt(2, 10));
  assert.equal(stageOf(viewOf(script), 'model').losses.cells.length, 2);
});

test('a stage that waits for a lock knows its holder', () => {
  const view = viewOf(cancelledRun(), 1000);
  assert.deepEqual([stageOf(view, 'model').state, stageOf(view, 'model').holder?.pid], ['locked', 4242]);
});

test('reduce changes neither of its arguments', () => {
  const { events } = guideRun(5);
  let view: RunView = initialView;
  for (const event of events) {
    const before = structuredClone(view);
    const next = reduce(view, event);
    assert.deepEqual(view, before);
    view = next;
  }
  assert.equal(view.finished?.status, 'success');
});

test('a run of only hits is recognized from its plan on', () => {
  assert.equal(allHits(viewOf(hitsOnly(), 0)), true);
  assert.equal(allHits(viewOf(guideRun(), 0)), false);
});

test('metrics are grouped by split, whatever underscores the names have', () => {
  const { metrics, rows } = metricTable(
    { test_loss: 0.5, test_accuracy: 0.25, test_a_loss: 1, test_a_mean_cost: 3, old_wer: 2 },
    {
      test_loss: { split: 'test', metric: 'loss' },
      test_accuracy: { split: 'test', metric: 'accuracy' },
      test_a_loss: { split: 'test', metric: 'a_loss' },
      test_a_mean_cost: { split: 'test_a', metric: 'mean_cost' },
    },
  );
  assert.deepEqual(metrics, ['accuracy', 'a_loss', 'mean_cost', '', 'loss']);
  assert.deepEqual(rows, [
    { split: 'test', values: ['0.250', '1.000', '', '', '0.500'] },
    { split: 'test_a', values: ['', '', '3', '', ''] },
    { split: 'old_wer', values: ['', '', '', '2', ''] },
  ]);
});
