import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { before, test } from 'node:test';
import { statuses, warningsOf } from '../support/command-line.js';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { Project } from '../support/project.js';
import { tone } from '../support/tone-project.js';

const RECIPE = `name: counting
params:
  start: 1
stages:
  first:
    uses: ./stages/count.js
    with: { value: "\${{ params.start }}" }
  second:
    uses: ./stages/count.js
    from: first
    with: { value: 10, modulo: 50 }
  third:
    uses: ./stages/count.js
    from: { left: first, right: second }
    with: { value: 100 }
`;

let ran: Project;
before(async () => {
  const project = new Project();
  writeCountStage(project);
  project.write('recipe.yaml', RECIPE);
  const run = await project.run();
  assert.deepEqual(statuses(run), { first: 'run', second: 'run', third: 'run' });
  assert.deepEqual(run.finished.metrics, { all_total: 1, second_all_total: 11, third_all_total: 112 });
  ran = project;
});

/** A project whose pipeline has run once. */
function counted(): Project {
  const project = ran.copy();
  return project;
}

test('the same recipe again is all hits and computes nothing', async () => {
  const project = counted();
  const run = await project.run();
  assert.deepEqual(statuses(run), { first: 'hit', second: 'hit', third: 'hit' });
  assert.equal(computations(project), 3);
});

test('a command without a stage lists the stages, and what the cache has of them', async () => {
  const project = counted();
  project.edit('recipe.yaml', 'value: 100', 'value: 101');
  const shown = await project.etude('show', 'recipe.yaml');
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(
    shown.stdout,
    /^ {2}stage +type +output +size\n {2}first +\S+count\S* +report +cached .* \d+ k?B\n/,
  );
  assert.match(
    shown.stdout,
    /\n {2}third .* not cached +value 100 → 101 *\n\netude show recipe\.yaml STAGE shows/,
  );
  const { stages } = JSON.parse((await project.etude('show', 'recipe.yaml', '--json')).stdout);
  assert.deepEqual(
    stages.map(({ id, output, cached }: Record<string, unknown>) => [id, output, cached]),
    [
      ['first', 'report', true],
      ['second', 'report', true],
      ['third', 'report', false],
    ],
  );
  const explained = await project.etude('explain', 'recipe.yaml');
  assert.equal(explained.code, 2);
  assert.equal(explained.stderr, 'no stage named\n  expected one of first, second, third\n');
  const exported = await project.etude('export', 'model', 'recipe.yaml', 'first', '-o', 'out');
  assert.match(
    exported.stderr,
    /^stage 'first' produces a report\n {2}expected a stage that produces a model: a recipe with/,
  );
});

test('warnings about the data describe its current state, even on a hit', async () => {
  const project = new Project();
  project.write('data/a.wav', tone(300, 0.1));
  project.write('recipe.yaml', 'stages:\n  clips:\n    uses: load\n    with: { path: data }\n');
  const oddities = async () => {
    const run = await project.run({ lock: 'ignore' });
    const texts = warningsOf(run, 'clips').map((text) => text.replace(/^.*: /, '… '));
    return [...Object.values(statuses(run)), ...texts];
  };
  symlinkSync('/nowhere', project.path('data/gone.wav'));
  const [, ...first] = await oddities();
  assert.equal(first.length, 1);
  assert.match(first[0]!, /^… gone\.wav\. Fetch/);
  rmSync(project.path('data/gone.wav'));
  assert.deepEqual(await oddities(), ['hit']);
  symlinkSync('/nowhere', project.path('data/lost.wav'));
  const [status, ...later] = await oddities();
  assert.equal(status, 'hit');
  assert.match(later.join('\n'), /^… lost\.wav\. Fetch.*$/);
});

test("a stage's warnings are repeated on every hit", async () => {
  const project = new Project();
  writeCountStage(project);
  project.write(
    'recipe.yaml',
    'name: warns\nstages:\n  one:\n    uses: ./stages/count.js\n    with: { value: 1, warnings: [odd data, "two\\nlines", odd data] }\n',
  );
  assert.equal(warningsOf(await project.run(), 'one').length, 3);
  const again = await project.run();
  assert.deepEqual(statuses(again), { one: 'hit' });
  assert.deepEqual(warningsOf(again, 'one'), ['odd data', 'two lines']);
  // In a log, too, but there without a line for each hit.
  const { stdout } = await project.etude('run', 'recipe.yaml', '--progress', 'plain');
  assert.match(stdout, /! one: odd data\n! one: two lines\n/);
  assert.doesNotMatch(stdout, /^one +count/m);
});

test('comments, key order, spelling and the number of jobs change nothing', async () => {
  const project = counted();
  project.edit('recipe.yaml', '{ value: 10, modulo: 50 }', '\n      modulo: 5.0e+1 # fifty\n      value: 10');
  const run = await project.run({ jobs: 1 });
  assert.deepEqual(statuses(run), { first: 'hit', second: 'hit', third: 'hit' });
});

test('a changed parameter re-runs its stage and its dependents, and names the field and both values', async () => {
  const project = counted();
  project.edit('recipe.yaml', 'value: 10,', 'value: 20,');
  const run = await project.run();
  assert.deepEqual(statuses(run), { first: 'hit', second: 'run', third: 'run' });
  assert.deepEqual(run.stages.second?.because, ['value 10 → 20']);
  assert.deepEqual(run.stages.third?.because, ['input second changed']);
});

test('removing a parameter re-runs its stage; restoring it makes all stages hits', async () => {
  const project = counted();
  project.edit('recipe.yaml', ', modulo: 50', '');
  const run = await project.run();
  assert.equal(run.stages.second?.status, 'run');
  assert.match(run.stages.second?.because.join() ?? '', /modulo/);
  project.edit('recipe.yaml', 'value: 10 }', 'value: 10, modulo: 50 }');
  assert.deepEqual(statuses(await project.run()), { first: 'hit', second: 'hit', third: 'hit' });
});

test('a stage whose result turns out unchanged stops the change there', async () => {
  const project = counted();
  project.edit('recipe.yaml', 'value: 10,', 'value: 60,');
  const run = await project.run();
  assert.deepEqual(statuses(run), { first: 'hit', second: 'run', third: 'hit' });
});

test('--set overrides like an edit, with the same validation', async () => {
  const project = counted();
  const run = await project.etudeRun('--set', 'params.start=2');
  assert.deepEqual(run.stages.first?.because, ['value 1 → 2']);
  const wrong = await project.etude('run', 'recipe.yaml', '--set', 'params.start=fast');
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /expected number/);
});

test('editing a module, or a file that it imports, re-runs its stages; editing a comment does not', async () => {
  const project = counted();
  project.edit('stages/label.js', 'export', '// A word for the log.\nexport');
  assert.deepEqual(statuses(await project.etudeRun()), { first: 'hit', second: 'hit', third: 'hit' });
  project.edit('stages/label.js', "'computed'", "'done'");
  const run = await project.etudeRun();
  assert.deepEqual(run.stages.first, { ...run.stages.first, status: 'run' });
  assert.match(run.stages.first?.because.join() ?? '', /code .*count/);
  // The result is the same: only stages with changed code of their own are affected.
  assert.deepEqual(statuses(run), { first: 'run', second: 'run', third: 'run' });
});

test('plan says what a run would do and does nothing', async () => {
  const project = counted();
  project.edit('recipe.yaml', 'value: 10,', 'value: 20,');
  const { stdout, code } = await project.etude('plan', 'recipe.yaml', '--json');
  assert.equal(code, 0);
  const rows = JSON.parse(stdout) as {
    stages: { id: string; status: string; because: string[]; predictedSeconds: number }[];
  };
  assert.deepEqual(
    rows.stages.map(({ id, status, because }) => ({ id, status, because })),
    [
      { id: 'first', status: 'hit', because: [] },
      { id: 'second', status: 'run', because: ['value 10 → 20'] },
      { id: 'third', status: 'run', because: ['input second will change'] },
    ],
  );
  assert.ok(rows.stages.every(({ id, predictedSeconds }) => id === 'first' || predictedSeconds > 0));
  assert.equal(computations(project), 3);
});
