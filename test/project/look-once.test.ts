import assert from 'node:assert/strict';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { after, test } from 'node:test';
import { openProject, type Recipe } from '../../src/index.js';
import { tinyWav } from '../support/audio-files.js';
import { Project } from '../support/project.js';

const files = new Project();
after(() => files.remove());
files.write('package.json', '{}');
for (const [i, name] of ['yes/a', 'yes/b', 'no/a', 'no/b'].entries())
  files.write(`clips/${name}.wav`, tinyWav(i));
files.write('recipe.yaml', 'name: look\nstages:\n  clips:\n    uses: load\n    with: { path: clips }\n');

/** How often the folder of the data was listed during some work. */
async function listings<T>(work: () => Promise<T>): Promise<{ times: number; value: T }> {
  let times = 0;
  const { readdir } = promises;
  promises.readdir = ((path: string, ...rest: []) => {
    if (path === files.path('clips')) times += 1;
    return readdir(path, ...rest);
  }) as typeof readdir;
  syncBuiltinESMExports();
  try {
    return { value: await work(), times };
  } finally {
    promises.readdir = readdir;
    syncBuiltinESMExports();
  }
}

const open = (once?: boolean) => openProject({ dir: files.dir }).open('recipe.yaml', { once });
const run = async (recipe: Recipe) => (await (await recipe.run()).result).finished.stages[0]!;

test('a recipe that is opened for one run looks at its data once, including for what it computes', async () => {
  const first = await listings(async () => run(await open(true)));
  assert.deepEqual([first.value.status, first.times], ['run', 1]);
  const second = await listings(async () => run(await open(true)));
  assert.deepEqual([second.value.status, second.times], ['hit', 1]);
});

test('a recipe that stays open looks again once for each plan and run', async () => {
  const { value: recipe, times } = await listings(() => open());
  assert.equal(times, 1);
  const planned = await listings(async () => (await recipe.plan()).stages[0]!.type);
  assert.deepEqual(planned, { value: 'hit', times: 1 });
  const hit = await listings(() => run(recipe));
  assert.deepEqual([hit.value.status, hit.times], ['hit', 1]);
  files.write('clips/yes/c.wav', tinyWav(9));
  assert.equal((await recipe.plan()).stages[0]!.type, 'run');
  assert.equal((await run(recipe)).summary, '5 clips');
});

test('data that change between the plan and the stage are planned again with their new state', async () => {
  const recipe = await open(true);
  files.write('clips/yes/d.wav', tinyWav(10));
  // What the recipe saw is no longer in the cache, so that its stage has to run.
  const task = await recipe.run({ force: true });
  const warnings: string[] = [];
  for await (const event of task) if (event.type === 'warning') warnings.push(event.text);
  const { finished } = await task.result;
  assert.deepEqual([finished.status, finished.stages[0]!.summary], ['success', '6 clips']);
  assert.match(warnings.join(), /d\.wav changed while 'clips' read it/);
  assert.equal((await (await open()).plan()).stages[0]!.type, 'hit');
});
