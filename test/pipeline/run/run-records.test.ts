import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listRuns, newRunId, RunFolder, type RunRecord } from '../../../src/pipeline/run/run-records.js';
import { tempFolder } from '../../support/temp-folder.js';

const record = (run: string, started: string): RunRecord => ({
  run,
  pipeline: 'p',
  recipe: 'p.yaml',
  started,
  status: 'unfinished',
  pid: 1,
});
const finished = {
  at: 9,
  type: 'run-finished',
  status: 'success',
  seconds: 2,
  stages: [],
  metrics: { test_accuracy: 1 },
  metricNames: { test_accuracy: { split: 'test', metric: 'accuracy' } },
  models: {},
} as const;
const folder = () => tempFolder('records');

test('a run leaves its resolved recipe, its events and its outcome', async () => {
  const dir = folder();
  const run = new RunFolder(dir, record('one', '2026-01-01'), assert.fail);
  await run.open('name: p\n');
  run.write({ at: 1, type: 'warning', text: 'careful' });
  await run.close({ ...finished, stages: [] });
  assert.equal(readFileSync(join(run.path, 'recipe.yaml'), 'utf8'), 'name: p\n');
  assert.deepEqual(JSON.parse(readFileSync(join(run.path, 'events.ndjson'), 'utf8')), {
    at: 1,
    type: 'warning',
    text: 'careful',
  });
  assert.deepEqual(await listRuns(dir), [
    {
      ...record('one', '2026-01-01'),
      status: 'success',
      seconds: 2,
      metrics: finished.metrics,
      metricNames: finished.metricNames,
    },
  ]);
});

test('runs are listed newest first, killed ones as unfinished, broken records not at all', async () => {
  const dir = folder();
  for (const [id, started] of [
    ['old', '2026-01-01'],
    ['new', '2026-01-02'],
    ['torn', '2026-01-03'],
  ] as const) {
    await new RunFolder(dir, record(id, started), assert.fail).open('');
  }
  writeFileSync(join(dir, 'runs', 'torn', 'record.json'), '{"run": ');
  assert.deepEqual(
    (await listRuns(dir)).map(({ run, status }) => `${run} ${status}`),
    ['new unfinished', 'old unfinished'],
  );
});

test('a record that cannot be written costs one warning and no failure', async () => {
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  chmodSync(file, 0o400);
  const warnings: string[] = [];
  const run = new RunFolder(file, record('one', '2026-01-01'), (text) => warnings.push(text));
  await run.open('');
  run.write({ at: 1, type: 'warning', text: 'x' });
  await run.close({ ...finished, stages: [] });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /record of this run cannot be written/);
});

test('a run id says when it began', () => {
  assert.match(newRunId(new Date('2026-11-22T14:05:09Z')), /^20261122-140509-[0-9a-f]{4}$/);
});
