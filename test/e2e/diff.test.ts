import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeCountStage } from '../support/counting-stage.js';
import { Project } from '../support/project.js';

const RECIPE = `name: counting
params: { start: 1 }
stages:
  first:
    uses: ./stages/count.js
    with: { value: "\${{ params.start }}" }
  second:
    uses: ./stages/count.js
    from: first
    with: { value: 10 }
`;

const project = new Project();
const runIds = async (): Promise<string[]> =>
  (JSON.parse((await project.etude('runs', '--json')).stdout) as { runs: { run: string }[] }).runs.map(
    ({ run }) => run,
  );

test('diff shows what differs between two recipes, two runs, or a recipe and its lock, and sets its exit code', async () => {
  writeCountStage(project);
  project.write('recipe.yaml', RECIPE);
  project.write(
    'other.yaml',
    'extends: recipe.yaml\nparams: { start: 5 }\nstages: { third: { uses: ./stages/count.js, with: { value: 0 } } }\n',
  );
  await project.run();
  await project.run({ set: ['params.start=2'] });

  const recipes = await project.etude('diff', 'recipe.yaml', 'other.yaml');
  assert.equal(recipes.code, 1, recipes.stderr);
  assert.deepEqual(recipes.stdout.trimEnd().split('\n'), [
    'recipe.yaml → other.yaml',
    'first  value 1 → 5',
    'third  added (./stages/count.js)',
  ]);

  const [second, first] = (await runIds()) as [string, string];
  const runs = await project.etude('diff', first, second, '--json');
  assert.equal(runs.code, 1, runs.stderr);
  const { equal, differences } = JSON.parse(runs.stdout) as {
    equal: boolean;
    differences: { stage: string; kind: string; field: string; before: number; after: number }[];
  };
  assert.equal(equal, false);
  assert.deepEqual(
    differences.map(({ stage, kind, field, before, after: now }) => [stage, kind, field, before, now]),
    [
      ['first', 'parameter', 'value', '1', '2'],
      ['first', 'metric', 'all total', 1, 2],
      ['second', 'metric', 'all total', 11, 12],
    ],
  );

  const lock = await project.etude('diff', 'recipe.lock', 'recipe.yaml');
  assert.equal(lock.code, 0, lock.stdout + lock.stderr);
  assert.match(lock.stdout, /no differences/);
  const same = await project.etude('diff', first, 'recipe.yaml');
  assert.equal(same.code, 0, same.stdout + same.stderr);

  project.edit('stages/label.js', 'computed', 'Computed');
  const moved = await project.etude('diff', 'recipe.lock', 'recipe.yaml');
  assert.equal(moved.code, 1);
  assert.match(moved.stdout, /first {3}code of stage type .* changed/);
});

test('comparing what cannot be compared exits with code 2', async () => {
  for (const wrong of ['nothing.yaml', 'nothing.lock', '20200101-000000-abcd']) {
    const { code, stderr } = await project.etude('diff', 'recipe.yaml', wrong);
    assert.equal(code, 2, wrong);
    assert.match(stderr, /no (such|run)/, wrong);
  }
});
