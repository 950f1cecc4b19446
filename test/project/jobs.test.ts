import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { after, test } from 'node:test';
import { checkRecipe } from '../../src/project/check-recipe.js';
import { openProject } from '../../src/project/project.js';
import { warningsOf } from '../support/command-line.js';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { Project } from '../support/project.js';

/** A scheduler of the user's, which runs jobs on this machine. */
const SCHEDULER = `import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
const jobs = new Map();
export default ({ word }) => ({
  name: word,
  async submit({ script, cwd, log }) {
    const out = openSync(log, 'a');
    const child = spawn('bash', [script], { cwd, stdio: ['ignore', out, out] });
    const id = String(child.pid);
    jobs.set(id, { state: 'running' });
    child.on('exit', () => jobs.set(id, { state: 'ended' }));
    return id;
  },
  async status(ids) { return new Map(ids.map((id) => [id, jobs.get(id)])); },
  async cancel() {},
});
`;

const PROFILES = `profiles:
  here: { executor: local }
  mine:
    executor: ./scheduler.mjs
    stages: [a]
    options: { word: mine }
    setup: echo set up
    poll_interval: 0.1
    grace: 1
`;

const RECIPE = `name: chain
stages:
  a:
    uses: ./stages/count.js
    with: { value: 1 }
  b:
    uses: ./stages/count.js
    from: a
    with: { value: 2, milliseconds: 0 }
`;

const project = new Project({
  'recipe.yaml': RECIPE,
  'etude.profiles.yaml': PROFILES,
  'scheduler.mjs': SCHEDULER,
});
writeCountStage(project);
after(() => project.remove());

const windows = { skip: process.platform === 'win32' };

test(
  "a module of the user's computes the stages that a profile chooses; resources change nothing",
  windows,
  async () => {
    const { stages, events } = await project.run({ profile: 'mine' });
    assert.deepEqual([stages.a?.status, stages.b?.status], ['run', 'run']);
    const jobs = events.flatMap((event) => (event.type === 'stage-job' ? [event] : []));
    assert.deepEqual(new Set(jobs.map(({ id, executor }) => `${id} ${executor}`)), new Set(['a mine']));
    assert.equal(computations(project), 2);
    project.edit(
      'recipe.yaml',
      'with: { value: 1 }',
      'with: { value: 1 }\n    resources: { cpus: 2, memory: 1GB }',
    );
    const recipe = await project.open();
    assert.deepEqual(recipe.pipeline.stages[0]?.resources, { cpus: 2, memory: '1GB' });
    assert.match(await recipe.resolved(), /memory: 1GB/);
    const again = await project.run();
    assert.deepEqual([again.stages.a?.status, again.lock?.type], ['hit', 'kept']);
  },
);

test('the log of a stage is that of its job, or what it logged here', windows, async () => {
  const opened = openProject({ dir: project.dir });
  const files = readdirSync(project.path('.etude/jobs'), { recursive: true, encoding: 'utf8' });
  // As a job with a store leaves it.
  for (const file of files.filter((each) => each.endsWith('log.txt')))
    appendFileSync(project.path(`.etude/jobs/${file}`), 'etude-event: {}\n');
  const { parts } = await opened.logs('recipe.yaml', 'a');
  assert.doesNotMatch(parts[0]!.text, /etude-event/);
  assert.match(parts[0]!.text, /^set up\ncomputing stage 'a' on [\s\S]*done after/);
  assert.deepEqual([parts.length, parts[0]!.executor], [1, 'mine']);
  const local = await opened.logs('recipe.yaml', 'b');
  assert.equal(local.parts[0]!.job, undefined);
  for (const stage of ['a', 'b'])
    await assert.rejects(opened.logs('recipe.yaml', stage, { shard: 1 }), {
      expected: 'a stage that was divided',
    });
  await assert.rejects(opened.logs('recipe.yaml', 'aa'), { expected: /a, b/ });
  await assert.rejects(opened.logs('2020', 'a'), /no run '2020'/);
});

test('a recipe and a profile are checked together', async () => {
  const other = new Project({
    'recipe.yaml': `${RECIPE.replace('value: 1', 'valu: 1')}    resources: { cpus: many }\n`,
    'etude.profiles.yaml': PROFILES.replace('executor: local', 'executor: slurmm'),
    'scheduler.mjs': SCHEDULER,
  });
  writeCountStage(other);
  const problems = await checkRecipe(openProject({ dir: other.dir }), 'recipe.yaml', { profile: 'mine' });
  assert.deepEqual(
    problems.error?.problems.map(({ message }) => message),
    [
      "unknown parameter 'valu' of stage type './stages/count.js'",
      "wrong value for key 'resources.cpus' of stage 'b'",
      "wrong value for key 'executor' of profile 'here'",
    ],
  );
  other.remove();
  const { profile, warnings } = await checkRecipe(openProject({ dir: project.dir }), 'recipe.yaml', {
    profile: 'mine',
  });
  assert.deepEqual(profile?.jobs, [{ id: 'a', resources: { cpus: 2, memory: 1e9, more: {} } }]);
  assert.deepEqual(warnings, []);
});

test('shards of a stage whose work cannot be divided are a mistake where they are written', async () => {
  const other = new Project({
    'recipe.yaml': RECIPE.replace('with: { value: 1 }', 'with: { value: 1 }\n    resources: { shards: 2 }'),
    'etude.profiles.yaml':
      'profiles:\n  wide:\n    executor: slurm\n    resources: { shards: 4 }\n    stage_resources:\n      a: { shards: 8 }\n',
  });
  after(() => other.remove());
  writeCountStage(other);
  const found = async () => {
    const { error } = await checkRecipe(openProject({ dir: other.dir }), 'recipe.yaml', { profile: 'wide' });
    return error?.problems.map(({ file, line, column, message, got }) => [
      basename(file),
      line,
      column,
      message,
      got,
    ]);
  };
  const message = 'the work of count cannot be divided among jobs';
  const lines = other.read('recipe.yaml').split('\n');
  const line = lines.findIndex((each) => each.includes('shards')) + 1;
  const inProfile = ['etude.profiles.yaml', 6, 20, message, '8'];
  assert.deepEqual(await found(), [['recipe.yaml', line, 26, message, '2'], inProfile]);
  other.edit('recipe.yaml', '    resources: { shards: 2 }\n', '');
  assert.deepEqual(await found(), [inProfile]);
  other.edit('recipe.yaml', 'value: 2', 'valu: 2');
  const wrong = "unknown parameter 'valu' of stage type './stages/count.js'";
  assert.deepEqual(
    (await found())?.map(([, , , text]) => text),
    [wrong, message],
    'with the other mistakes of the recipe',
  );
  const { code, stderr } = await other.etude('run', 'recipe.yaml', '--profile', 'wide');
  assert.equal(code, 1);
  assert.ok(stderr.includes(wrong) && stderr.includes(message), stderr);
  other.edit('recipe.yaml', 'valu: 2', 'value: 2');
  other.edit('etude.profiles.yaml', 'a: { shards: 8 }', 'a: { cpus: 8 }');
  assert.equal(await found(), undefined);
});

test('the mistakes of a recipe are reported without a file of profiles, which is missed then, too', async () => {
  const other = new Project({ 'recipe.yaml': RECIPE.replace('value: 1', 'valu: 1') });
  after(() => other.remove());
  writeCountStage(other);
  const checked = () => checkRecipe(openProject({ dir: other.dir }), 'recipe.yaml', { profile: 'wide' });
  const { error, warnings } = await checked();
  assert.equal(error?.problems.length, 1);
  assert.deepEqual(warnings, ['the profile is not checked: there is no etude.profiles.yaml']);
  other.edit('recipe.yaml', 'valu: 1', 'value: 1');
  await assert.rejects(checked(), { message: 'there is no etude.profiles.yaml' });
});

test('a profile may name stage types that the recipe does not use; other names are warned of', async () => {
  const other = new Project({
    'recipe.yaml': RECIPE,
    'etude.profiles.yaml':
      'profiles:\n  p:\n    executor: slurm\n    stages: [b, train, modle]\n    stage_resources:\n' +
      ['cast-audio', 'cast-audoi', './stages/count.js', './stages/gone.js', './stages/other.mjs']
        .map((name) => `      ${name}: { cpus: 2 }\n`)
        .join(''),
    'stages/other.mjs': '',
  });
  after(() => other.remove());
  writeCountStage(other);
  const { warnings } = await checkRecipe(openProject({ dir: other.dir }), 'recipe.yaml', { profile: 'p' });
  const neither = 'which is no stage of the recipe and no stage type';
  assert.deepEqual(warnings, [
    `profile 'p' names 'modle', ${neither}`,
    `profile 'p' names 'cast-audoi', ${neither}; did you mean 'cast-audio'?`,
    `profile 'p' names './stages/gone.js', ${neither}; did you mean './stages/count.js'?`,
  ]);
});

test('a run says which jobs of an earlier one it does not use', windows, async () => {
  const left = project.copy();
  after(() => left.remove());
  left.edit('recipe.yaml', 'value: 1', 'value: 3');
  const { stages } = await left.open().then((recipe) => recipe.plan());
  const fingerprint = stages.flatMap((each) => (each.type === 'run' ? (each.fingerprint ?? []) : []))[0];
  const folder = `.etude/jobs/${fingerprint}/1`;
  const record = { format: 1, executor: 'mine', profile: 'mine', name: 'etude-a', id: '1' };
  left.write(`${folder}/job.json`, JSON.stringify(record));
  const said = async () => warningsOf(await left.run({ stages: ['a'], force: true }));
  const expected = '1 job is left on mine, and this run does not use it: run with --profile mine to watch it';
  assert.deepEqual(await said(), [expected]);
  left.write(`${folder}/job.json`, JSON.stringify({ ...record, over: 'cancelled' }));
  assert.deepEqual(await said(), []);
});
