import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Project, statuses } from '../support/project.js';
import { addTone, toneProject } from '../support/tone-project.js';

const IDS = ['clips', 'parts', 'slim', 'speech', 'features', 'bare', 'encoded', 'model', 'scores'];
const all = (status: string) => Object.fromEntries(IDS.map((id) => [id, status]));
const with_ = (ids: string[]) => ({ ...all('hit'), ...Object.fromEntries(ids.map((id) => [id, 'run'])) });

let project: Project;
before(async () => {
  project = toneProject();
  const run = await project.run();
  assert.equal(run.code, 0, run.stderr + JSON.stringify(run.finished));
  assert.deepEqual(statuses(run), all('run'));
  assert.equal(run.stages.speech?.rowsComputed, 48);
  assert.ok(run.finished.metrics.test_accuracy! >= 0 && run.finished.metrics.test_accuracy! <= 1);
  assert.ok(
    project
      .read(`${run.finished.models.model!.slice(project.dir.length + 1)}/config.json`)
      .includes('"high"'),
  );
});
after(() => project.remove());

test('every stage of the guide hits when nothing changed', async () => {
  assert.deepEqual(statuses(await project.run()), all('hit'));
});

test('another learning rate trains and evaluates again, and nothing else', async () => {
  const run = await project.run('--set', 'learning_rate=2e-3');
  assert.deepEqual(statuses(run), with_(['model', 'scores']));
  assert.deepEqual(run.stages.model?.because, ['learning_rate 0.001 → 0.002']);
});

test('another split seed decodes and preprocesses no clip again', async () => {
  const run = await project.run('--set', 'params.seed=8');
  assert.equal(run.stages.parts?.status, 'run');
  assert.equal(run.stages.speech?.rowsComputed ?? 0, 0);
  assert.equal(run.stages.features?.rowsComputed ?? 0, 0);
  assert.equal(run.stages.model?.status, 'run');
});

test('five new clips among many cost a few chunks', async () => {
  const many = toneProject(400);
  try {
    // The data stages alone: what is trained is not the point.
    many.write('recipe.yaml', many.read('recipe.yaml').replace(/ {2}model:[\s\S]*/, ''));
    const first = await many.run();
    assert.equal(first.stages.speech?.rowsComputed, 400);
    for (let number = 400; number < 405; number++) addTone(many, number * 3);
    const second = await many.run();
    assert.equal(second.code, 0, second.stderr);
    const computed = second.stages.speech!.rowsComputed!;
    assert.ok(computed >= 5 && computed <= 200, `${computed} rows decoded again`);
  } finally {
    many.remove();
  }
});

test('a removed cache is rebuilt to the same bytes: the model is the same', async () => {
  const digest = async () => {
    const { stdout } = await project.etude('explain', 'recipe.yaml', 'scores', '--json');
    return (JSON.parse(stdout) as { parts: { inputs: { model: string } } }).parts.inputs.model;
  };
  const before = await digest();
  rmSync(project.path('.etude'), { recursive: true });
  assert.equal((await project.run()).code, 0);
  assert.equal(await digest(), before);
});

test('a clip cut in half fails its stage and names the file; the other chunks stay', async () => {
  const bytes = Buffer.from(project.read('checkpoint/config.json'));
  project.write('clips/low/broken.wav', bytes);
  const run = await project.run();
  assert.equal(run.code, 1);
  const error = Object.values(run.stages).find(({ status }) => status === 'failed')?.error ?? '';
  assert.match(error, /broken\.wav/);
  assert.doesNotMatch(error, /\bat .*\.js:\d+/);
  rmSync(project.path('clips/low/broken.wav'));
  assert.deepEqual(statuses(await project.run()), all('hit'));
});
