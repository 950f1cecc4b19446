import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { before, test } from 'node:test';
import { statuses } from '../support/command-line.js';
import type { Project } from '../support/project.js';
import { addTone, toneProject } from '../support/tone-project.js';

const IDS = ['clips', 'parts', 'slim', 'speech', 'features', 'bare', 'encoded', 'model', 'scores'];
const all = (status: string) => Object.fromEntries(IDS.map((id) => [id, status]));
const with_ = (ids: string[]) => ({ ...all('hit'), ...Object.fromEntries(ids.map((id) => [id, 'run'])) });

let project: Project;
before(async () => {
  project = toneProject(16);
  const run = await project.run();
  assert.equal(run.finished.status, 'success', JSON.stringify(run.finished));
  assert.deepEqual(statuses(run), all('run'));
  assert.equal(run.stages.speech?.rowsComputed, 16);
  assert.ok(run.finished.metrics.test_accuracy! >= 0 && run.finished.metrics.test_accuracy! <= 1);
  assert.ok(
    project
      .read(`${run.finished.models.model!.slice(project.dir.length + 1)}/config.json`)
      .includes('"high"'),
  );
});

test('every stage of the guide is a hit when nothing changed, however it is run', async () => {
  const run = await project.etudeRun();
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), all('hit'));
  assert.deepEqual(statuses(await project.run()), all('hit'));
});

test('another learning rate re-runs training and evaluation, and nothing else', async () => {
  const run = await project.run({ set: ['learning_rate=2e-3'] });
  assert.deepEqual(statuses(run), with_(['model', 'scores']));
  assert.deepEqual(run.stages.model?.because, ['learning_rate 0.001 → 0.002']);
});

test('another split seed decodes and preprocesses no clip again', async () => {
  const run = await project.run({ set: ['params.seed=8'] });
  assert.equal(run.stages.parts?.status, 'run');
  assert.equal(run.stages.speech?.rowsComputed ?? 0, 0);
  assert.equal(run.stages.features?.rowsComputed ?? 0, 0);
  assert.equal(run.stages.model?.status, 'run');
});

test('five new clips among many cost only a few chunks', async () => {
  const many = toneProject(160);
  many.write(
    'recipe.yaml',
    `stages:
  clips: { uses: load, with: { path: clips } }
  speech: { uses: cast-audio, from: clips, with: { column: audio, sampling_rate: 16000 } }
`,
  );
  const first = await many.run();
  assert.equal(first.stages.speech?.rowsComputed, 160);
  for (let number = 160; number < 165; number++) addTone(many, number * 3);
  const second = await many.run();
  assert.equal(second.finished.status, 'success');
  const computed = second.stages.speech!.rowsComputed!;
  assert.ok(computed >= 5 && computed <= 80, `${computed} rows decoded again`);
});

test('a truncated clip fails its stage and names the file; the other chunks are kept', async () => {
  const bytes = Buffer.from(project.read('checkpoint/config.json'));
  project.write('clips/low/broken.wav', bytes);
  const run = await project.run();
  assert.equal(run.finished.status, 'failed');
  const error = Object.values(run.stages).find(({ status }) => status === 'failed')?.error ?? '';
  assert.match(error, /broken\.wav/);
  assert.doesNotMatch(error, /\bat .*\.js:\d+/);
  rmSync(project.path('clips/low/broken.wav'));
  assert.deepEqual(statuses(await project.run()), all('hit'));
});
