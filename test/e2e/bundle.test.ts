import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { digestOfJson } from '../../src/cache/canonical-json.js';
import { flipBit } from '../cache/support.js';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { Project, statuses } from '../support/project.js';
import { addTone, toneProject } from '../support/tone-project.js';

const BASE = `stages:
  first:
    uses: ../stages/count.js
    with: { value: 1 }
`;

const RECIPE = `name: counting
extends: ./base.yaml
stages:
  second:
    uses: ../stages/count.js
    from: first
    with: { value: 10 }
`;

const projects: Project[] = [];
after(() => {
  for (const project of projects) project.remove();
});

function empty(): Project {
  const project = new Project();
  projects.push(project);
  return project;
}

let sender: Project;
let file: string;
before(async () => {
  sender = empty();
  writeCountStage(sender);
  sender.write('recipes/base.yaml', BASE);
  sender.write('recipes/counting.yaml', RECIPE);
  const run = await sender.run('recipes/counting.yaml');
  assert.equal(run.code, 0, run.stderr);
  const packed = await sender.etude('bundle', 'recipes/counting.yaml', '--objects', 'all');
  assert.equal(packed.code, 0, packed.stderr);
  file = sender.path('counting.etude.tar');
});

test('what is unpacked without a word of trust is not used: the stages are computed', async () => {
  const receiver = empty();
  const unpacked = await receiver.etude('unbundle', file, 'there');
  assert.equal(unpacked.code, 0, unpacked.stderr);
  assert.match(unpacked.stdout, /2 results in quarantine/);
  assert.match(unpacked.stdout, /code that a run executes.*stages\/count\.js, stages\/label\.js/);
  const run = await receiver.run('there/recipes/counting.yaml');
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(statuses(run), { first: 'run', second: 'run' });
});

test('with --trust everything hits, and nothing is computed', async () => {
  const receiver = empty();
  const unpacked = await receiver.etude('unbundle', file, 'there', '--trust');
  assert.equal(unpacked.code, 0, unpacked.stderr);
  assert.match(unpacked.stdout, /2 results of it are used from now on: trusted, not checked/);
  const run = await receiver.run('there/recipes/counting.yaml');
  assert.deepEqual(statuses(run), { first: 'hit', second: 'hit' });
  assert.equal(existsSync(receiver.path('there/log.txt')), false);
  assert.deepEqual(readdirSync(receiver.path('there/.etude/quarantine')), []);
});

test('admit computes a sample again and then uses all of it; the sample itself is not kept', async () => {
  const receiver = empty();
  assert.equal((await receiver.etude('unbundle', file)).code, 0);
  const admitted = await receiver.etude('admit', 'recipes/counting.yaml', '--sample', '1');
  assert.equal(admitted.code, 0, admitted.stderr);
  assert.match(admitted.stdout, /^(first|second) {2}equal/);
  assert.match(admitted.stdout, /2 results of a bundle are used from now on/);
  assert.equal(computations(receiver), 1);
  assert.deepEqual(statuses(await receiver.run('recipes/counting.yaml')), { first: 'hit', second: 'hit' });
  assert.match((await receiver.etude('admit', 'recipes/counting.yaml')).stdout, /nothing is in quarantine/);
});

test('a result that is not what its stage gives is found, and nothing of its bundle is used', async () => {
  const liar = empty();
  assert.equal((await liar.etude('unbundle', file, '--trust')).code, 0);
  const index = liar.path('.etude/index');
  for (const name of readdirSync(index, { recursive: true }) as string[]) {
    if (!name.endsWith('.json')) continue;
    const entry = JSON.parse(readFileSync(join(index, name), 'utf8'));
    if (entry.stage !== 'second') continue;
    entry.artifact.metrics.all.total = 99;
    entry.artifactDigest = digestOfJson(entry.artifact);
    writeFileSync(join(index, name), JSON.stringify(entry));
  }
  const packed = await liar.etude('bundle', 'recipes/counting.yaml', '--objects', 'all');
  assert.equal(packed.code, 0, packed.stderr);

  const receiver = empty();
  assert.equal((await receiver.etude('unbundle', liar.path('counting.etude.tar'))).code, 0);
  const checked = await receiver.etude('admit', 'recipes/counting.yaml');
  assert.equal(checked.code, 1);
  assert.match(checked.stdout, /second {2}different/);
  assert.match(checked.stdout, /nothing of the bundle is used/);
  const run = await receiver.run('recipes/counting.yaml');
  assert.deepEqual(statuses(run), { first: 'run', second: 'run' });
  assert.equal(run.finished.metrics.all_total, 1);
});

test('on another machine, with another home, zone and language, what was unpacked is reproduced to the byte', async () => {
  const receiver = empty();
  receiver.env = {
    ...receiver.env,
    HOME: receiver.path('home'),
    TZ: 'Asia/Kolkata',
    LANG: 'tr_TR.UTF-8',
    LC_ALL: 'C',
  };
  assert.equal((await receiver.etude('unbundle', file, 'there')).code, 0);
  const reproduced = await receiver.etude('reproduce', 'there/recipes/counting.yaml');
  assert.equal(reproduced.code, 0, reproduced.stderr + reproduced.stdout);
  assert.match(reproduced.stdout, /all 2 stages are byte-equal/);
});

test('equal content gives equal bytes, any tar reads them, and a file that is there is kept', async () => {
  assert.equal(
    (await sender.etude('bundle', 'recipes/counting.yaml', '--objects', 'all', '-o', 'again')).code,
    0,
  );
  assert.deepEqual(readFileSync(sender.path('again')), readFileSync(file));
  const refused = await sender.etude('bundle', 'recipes/counting.yaml', '-o', 'again');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /the file is there already/);
  const names = readFileSync(file)
    .toString('latin1')
    .match(/project\/[\w./]+\.(js|json|yaml|lock)(?=\0)/g);
  assert.deepEqual(names, [
    'project/package.json',
    'project/recipes/base.yaml',
    'project/recipes/counting.lock',
    'project/recipes/counting.yaml',
    'project/stages/count.js',
    'project/stages/label.js',
  ]);
});

test('without objects a bundle is the recipe, its lock file and its modules', async () => {
  const receiver = empty();
  await sender.etude('bundle', 'recipes/counting.yaml', '--objects', 'none', '-o', 'bare');
  const unpacked = await receiver.etude('unbundle', sender.path('bare'));
  assert.equal(unpacked.code, 0, unpacked.stderr);
  assert.doesNotMatch(unpacked.stdout, /quarantine/);
  assert.equal(existsSync(receiver.path('.etude')), false);
  assert.equal(receiver.read('recipes/counting.yaml'), RECIPE);
});

test('data sets, chunks, models and reports go along: all stages hit elsewhere, and a new clip computes its chunk only', async () => {
  const tones = toneProject(24);
  projects.push(tones);
  const trained = await tones.run('--engine', 'cpu', '--set', 'num_train_epochs=1');
  assert.equal(trained.code, 0, trained.stderr);
  const packed = await tones.etude(
    'bundle',
    'recipe.yaml',
    '--engine',
    'cpu',
    '--set',
    'num_train_epochs=1',
    '--objects',
    'all',
  );
  assert.equal(packed.code, 0, packed.stderr);

  const receiver = toneProject(24);
  projects.push(receiver);
  const unpacked = await receiver.etude('unbundle', tones.path('recipe.etude.tar'), '--trust');
  assert.equal(unpacked.code, 0, unpacked.stderr);
  const run = await receiver.run('--engine', 'cpu', '--set', 'num_train_epochs=1');
  assert.deepEqual(new Set(Object.values(statuses(run))), new Set(['hit']));
  assert.deepEqual(run.finished.metrics, trained.finished.metrics);
  addTone(receiver, 24);
  const plan = await receiver.run('--engine', 'cpu', '--set', 'num_train_epochs=1');
  assert.ok(plan.stages.speech!.rowsComputed! <= 25, String(plan.stages.speech!.rowsComputed));
});

test('a damaged result is not packed', async () => {
  const damaged = toneProject(8);
  projects.push(damaged);
  damaged.write('recipe.yaml', 'name: clips\nstages: { clips: { uses: load, with: { path: clips } } }\n');
  assert.equal((await damaged.run()).code, 0);
  const objects = damaged.path('.etude/objects');
  const [folder] = readdirSync(objects);
  const [object] = readdirSync(join(objects, folder!));
  flipBit(join(objects, folder!, object!));
  const packed = await damaged.etude('bundle', 'recipe.yaml', '--objects', 'all');
  assert.match(packed.stderr, /not packed, because they are not in the cache: clips/);
});
