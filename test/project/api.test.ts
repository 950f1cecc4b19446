import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { EtudeError, openProject, RecipeError, type RunEvent } from '../../src/index.js';
import { finish } from '../support/command-line.js';
import { writeCountStage } from '../support/counting-stage.js';
import { Project } from '../support/project.js';
import { SHORT_TONE_RECIPE, toneProject } from '../support/tone-project.js';

const RECIPE = `name: sums
stages:
  one:
    uses: ./stages/count.js
    with: { value: 1, milliseconds: MS }
  two:
    uses: ./stages/count.js
    from: { left: one }
    with: { value: 2 }
`;

function counting(milliseconds: number): Project {
  const project = new Project();
  writeCountStage(project);
  project.write('recipe.yaml', RECIPE.replace('MS', String(milliseconds)));
  mkdirSync(project.path('temporary'));
  return project;
}

const [slow, fast] = [counting(60_000), counting(200)];
const tones = toneProject(16, SHORT_TONE_RECIPE);
const { TMPDIR, ETUDE_CACHE_DIR } = process.env;
before(() => {
  // Whatever is left there is easy to see.
  process.env.TMPDIR = slow.path('temporary');
  delete process.env.ETUDE_CACHE_DIR;
});
after(() => {
  process.env.TMPDIR = TMPDIR;
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  if (ETUDE_CACHE_DIR !== undefined) process.env.ETUDE_CACHE_DIR = ETUDE_CACHE_DIR;
  for (const project of [slow, fast, tones]) project.remove();
});

/** The events that this process listens to. */
function listeners(): Record<string, number> {
  const names = process.eventNames();
  return Object.fromEntries(names.map((name) => [String(name), process.listenerCount(name)]));
}

function childProcesses(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap');
}

test('of two projects that run at the same time, one is aborted, and neither leaves anything behind', async () => {
  const [heard, at, { write }] = [listeners(), process.cwd(), process.stdout];
  const stop = new AbortController();
  const goOn = new AbortController();
  const warnings: string[] = [];
  const open = ({ dir }: Project) =>
    openProject({ dir, warn: (text) => void warnings.push(text) }).open('recipe.yaml');
  const [stopped, other] = await Promise.all([open(slow), open(fast)]);
  const runs = [
    await stopped.run({ signal: stop.signal }),
    await other.run({ signal: goOn.signal }),
  ] as const;
  const seen: RunEvent[][] = [[], []];
  await Promise.all(
    runs.map(async (run, i) => {
      for await (const event of run) {
        seen[i]!.push(event);
        // Both stages are running by then.
        if (i === 0 && event.type === 'stage-progress') stop.abort();
      }
    }),
  );
  const [first, second] = await Promise.all(runs.map(({ result }) => result));
  assert.equal(first!.finished.status, 'cancelled');
  assert.equal(second!.finished.status, 'success');
  assert.deepEqual(second!.finished, seen[1]!.at(-1));
  assert.deepEqual(
    second!.finished.stages.map(({ id, status, summary }) => [id, status, summary]),
    [
      ['one', 'run', 'total 1'],
      ['two', 'run', 'total 3'],
    ],
  );
  assert.ok(seen[0]!.some(({ type }) => type === 'cancelling'));
  assert.ok(!seen[1]!.some(({ type }) => type === 'cancelling'));
  const recipes = seen.map(
    (events) => new Set(events.map((event) => event.type === 'run-started' && event.recipe)),
  );
  assert.ok(recipes[0]!.has(slow.path('recipe.yaml')) && recipes[1]!.has(fast.path('recipe.yaml')));

  assert.deepEqual(warnings, []);
  assert.equal(process.stdout.write, write);
  assert.deepEqual(listeners(), heard);
  assert.equal(process.cwd(), at);
  for (const { signal } of [stop, goOn]) assert.deepEqual(getEventListeners(signal, 'abort'), []);
  assert.deepEqual(childProcesses(), []);
  assert.deepEqual(readdirSync(slow.path('temporary')), []);
  const made = ['.etude', 'log.txt', 'package.json', 'recipe.yaml', 'stages', 'temporary'];
  for (const project of [slow, fast]) assert.deepEqual(readdirSync(project.dir).sort(), made);
});

test('what was run is planned as a hit, and can be read', async () => {
  const recipe = await openProject({ dir: fast.dir }).open('recipe.yaml');
  const { stages } = await recipe.plan();
  assert.deepEqual(
    stages.map(({ type }) => type),
    ['hit', 'hit'],
  );
  const { artifact } = await recipe.artifact('two');
  assert.deepEqual(artifact.kind === 'report' && artifact.metrics, { all: { total: 3 } });
  await assert.rejects(recipe.dataset('two'), EtudeError);
  await assert.rejects(recipe.artifact('three'), EtudeError);
  const changed = await openProject({ dir: fast.dir }).open('recipe.yaml', {
    set: ['stages.two.with.value=5'],
  });
  await assert.rejects(changed.artifact('two'), { message: /stage 'two' has no result in the cache/ });
});

test('a recipe with mistakes is a RecipeError with all of them', async () => {
  fast.write('wrong.yaml', RECIPE.replace('MS', 'soon').replace('left: one', 'left: on'));
  await assert.rejects(openProject({ dir: fast.dir }).open('wrong.yaml'), (error) => {
    assert.ok(error instanceof RecipeError && error instanceof EtudeError);
    assert.equal(error.problems.length, 2);
    assert.match(error.describe(), /milliseconds[\s\S]*'on'/);
    return true;
  });
});

test("what a stage module prints on import is kept out of a command's output", async () => {
  fast.write('stages/label.js', "console.log('imported'); export const label = 'computed';");
  const { stdout, stderr } = await fast.etude('check', 'recipe.yaml', '--json');
  assert.doesNotMatch(JSON.stringify(JSON.parse(stdout)), /imported/);
  assert.match(stderr, /^imported$/m);
});

test('a failed stage is part of the result, a run that cannot start rejects', async () => {
  const recipe = await openProject({ dir: fast.dir }).open('recipe.yaml', {
    set: ['stages.one.with.fail=true'],
  });
  const { finished } = await (await recipe.run()).result;
  assert.equal(finished.status, 'failed');
  assert.match(finished.stages[0]!.error!, /asked to fail/);
  await assert.rejects(recipe.run({ stages: ['three'] }), EtudeError);
  await assert.rejects(recipe.run({ lock: 'require' }), EtudeError);
});

test('the program of docs/api.md prints events and the accuracy, and ends by itself', async () => {
  const page = readFileSync('docs/api.md', 'utf8');
  const program = /```js\n([\s\S]*?)```/.exec(page)![1]!;
  assert.ok(program.split('\n').length <= 16);
  mkdirSync(tones.path('node_modules'));
  symlinkSync(resolve('.'), tones.path('node_modules/etude-audio'), 'junction');
  tones.write('program.mjs', program.replace('pipelines/quickstart.yaml', 'recipe.yaml'));
  const env = { ...process.env, ...tones.env, NODE_TEST_CONTEXT: '' };
  const { code, stdout, stderr } = await finish(
    spawn(process.execPath, ['program.mjs'], { cwd: tones.dir, env, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.deepEqual(lines.slice(0, 2), ['clips run', 'parts run']);
  assert.match(lines.at(-1)!, /^success \d(\.\d+)?$/);
  assert.equal(lines.length, 7);
});

test("the rows of a stage's dataset can be read", async () => {
  const recipe = await openProject({ dir: tones.dir }).open('recipe.yaml');
  await (await recipe.run({ stages: ['parts'] })).result;
  const clips = await recipe.dataset('parts');
  assert.deepEqual(clips.splits, ['train', 'test']);
  const labels = new Map<unknown, number>();
  for await (const { label } of clips.rows('train')) labels.set(label, (labels.get(label) ?? 0) + 1);
  assert.deepEqual([...labels.keys()].sort(), [0, 1]);
  assert.equal(clips.num_rows('train') + clips.num_rows('test'), 16);
});
