import assert from 'node:assert/strict';
import { readdirSync, rmSync, utimesSync } from 'node:fs';
import { test } from 'node:test';
import { statuses } from '../support/command-line.js';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { Project } from '../support/project.js';

const RECIPE = `stages:
  one: { uses: ./stages/count.js, with: { value: 1 } }
  two: { uses: ./stages/count.js, from: { left: one }, with: { value: 2 } }
`;

const project = new Project();

/** Makes everything in the cache look as if it was last used long ago. */
function makeOld(): void {
  const then = new Date(Date.now() - 90 * 24 * 3_600_000);
  for (const name of readdirSync(project.path('.etude'), { recursive: true, encoding: 'utf8' }))
    utimesSync(project.path(`.etude/${name}`), then, then);
}

test("gc keeps what the project's lock files name, and says so", async () => {
  writeCountStage(project);
  project.write('recipes/grid.yaml', RECIPE);
  const recipe = 'recipes/grid.yaml';
  await project.run({ recipe });
  // Results that no lock names: those of a run with another value.
  await project.run({ recipe, set: ['stages.one.with.value=5'] });
  assert.equal(computations(project), 4);

  makeOld();
  const dry = await project.etude('gc', '--dry-run');
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /^would remove 2 results/);
  assert.match(dry.stdout, /^kept 2 results for recipes\/grid\.lock$/m);
  const real = await project.etude('gc', '--json');
  const { removed, kept } = JSON.parse(real.stdout);
  assert.equal(removed.entries, 2);
  assert.deepEqual(kept.roots, [{ name: 'recipes/grid.lock', entries: 2, saved: 2 }]);
  assert.deepEqual(statuses(await project.run({ recipe })), { one: 'hit', two: 'hit' });
  assert.equal(computations(project), 4);
});

test('gc removes nothing while a lock file is broken, unless locks are ignored', async () => {
  const whole = project.read('recipes/grid.lock');
  project.write('recipes/grid.lock', `<<<<<<< HEAD\n${whole}`);
  makeOld();
  for (const options of [['--dry-run'], []]) {
    const { code, stdout, stderr } = await project.etude('gc', ...options);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^! recipes\/grid\.lock: not a lock file/);
    assert.match(stderr, /nothing is removed, because a lock file cannot be read[\s\S]*--ignore-locks/);
  }
  const { stdout } = await project.etude('gc', '--ignore-locks');
  assert.match(stdout, /^removed 2 results/);
  assert.doesNotMatch(stdout, /kept \d+ results? for/);
});

test("a lock next to a past run's recipe counts, wherever the cache and the recipe are", async () => {
  const other = new Project();
  rmSync(project.path('recipes/grid.lock'));
  writeCountStage(other);
  other.write('recipe.yaml', RECIPE);
  const recipe = other.path('recipe.yaml');
  assert.equal((await project.etude('run', recipe, '--cache-dir', '.etude')).code, 0);
  makeOld();
  const { stdout } = await project.etude('gc', '--dry-run');
  assert.match(stdout, /^would remove nothing/);
  assert.match(stdout, /^kept 2 results for .*recipe\.lock$/m);
});
