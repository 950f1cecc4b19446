import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { type Line, paint } from '../../src/terminal/line.js';
import { liveLines } from '../../src/ui/live-lines.js';
import { PlainRenderer } from '../../src/ui/plain-renderer.js';
import { wholeTimeLeft } from '../../src/ui/time-left.js';
import { initialView, reduce } from '../../src/ui/view-model.js';
import { EventScript, guidePlan } from '../support/ui/events.js';

const job = { executor: 'slurm', job: '77', attempt: 1, folder: 'jobs/x/1' };

/** A stage whose job waits for three minutes, and runs. */
function queued(): EventScript {
  const script = new EventScript().started([{ ...guidePlan(0)[0]!, status: 'run', predictedSeconds: 100 }]);
  const { id } = guidePlan(0)[0]!;
  script.stage(id).add({ type: 'stage-job', id, ...job, job: undefined, state: 'submitting' });
  script.wait(1).add({ type: 'stage-job', id, ...job, state: 'queued' });
  return script
    .wait(60)
    .add({ type: 'stage-job', id, ...job, state: 'queued', reason: 'Resources\u001b[2J' });
}

const plain = (lines: Line[]) => lines.map((line) => paint(line, picocolors.createColors(false)));

test('a queued job says for how long and why, and its prediction does not count down', () => {
  const view = queued().events.reduce(reduce, initialView);
  const [line] = plain(liveLines(view, { columns: 100, rows: 20 }, 181_000, 0));
  assert.match(line!, /queued {2,}3m 00s|queued 3m 00s · slurm 77 · Resources/);
  assert.ok(!line!.includes('\u001b'));
  assert.deepEqual(wholeTimeLeft(view.stages, 181_000), [100, 100]);
});

test('plain lines report each state of a job, and how long it waited', () => {
  const written: string[] = [];
  const renderer = new PlainRenderer({ write: (text) => written.push(text) > 0 }, {});
  const script = queued().wait(120);
  const { id } = guidePlan(0)[0]!;
  script.add({ type: 'stage-job', id, ...job, state: 'running' }).wait(5);
  script.finished(id, 'run', 5, { queuedSeconds: 181, summary: '9 clips' });
  for (const event of script.events) renderer.event(event);
  const lines = written.join('').split('\n');
  const words = lines
    .filter((line) => /queued|runs|done/.test(line))
    .map((line) => line.trim().split(/ {2,}/).slice(2).join('  '));
  assert.deepEqual(words, [
    'queued  slurm 77',
    'queued  slurm 77 · Resources',
    'runs  slurm 77',
    'done  9 clips  queued 3m 01s  5.0s',
  ]);
});

test('jobs that divide a stage are counted beside their progress', () => {
  const { id } = guidePlan(0)[0]!;
  const script = new EventScript().started([{ ...guidePlan(0)[0]!, status: 'run' }]).stage(id);
  const shards = { done: 12, count: 64 };
  script.add({ type: 'stage-job', id, ...job, state: 'running', shards }).wait(5);
  script.add({ type: 'stage-progress', id, done: 40, total: 100, unit: 'clips' });
  const view = script.events.reduce(reduce, initialView);
  assert.match(plain(liveLines(view, { columns: 110, rows: 20 }, 9000, 0))[0]!, /12\/64 shards .* 40 %/);
});

test('a cancelled run with jobs says what becomes of them', () => {
  const script = queued().add({ type: 'cancelling' });
  for (const [decision, text] of [
    ['ask', /l leaves them/],
    ['leave', /left running/],
    ['cancel', /are cancelled/],
  ] as const) {
    const view = script.add({ type: 'jobs-decision', decision }).events.reduce(reduce, initialView);
    assert.match(plain(liveLines(view, { columns: 120, rows: 20 }, 62_000, 0)).at(-1)!, text);
  }
});
