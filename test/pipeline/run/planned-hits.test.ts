import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openProject } from '../../../src/index.js';
import { Project } from '../../support/project.js';

const files = new Project();
after(() => files.remove());
files.write('package.json', '{}');
files.write('rows.jsonl', '{"text": "one"}\n{"text": "two"}\n');
files.write(
  'recipe.yaml',
  `name: hits
stages:
  rows: { uses: load, with: { path: rows.jsonl } }
  renamed: { uses: rename, from: rows, with: { columns: { text: words } } }
`,
);

/** Runs the recipe; tells what became of its stages, and how often the cache was asked for a result. */
async function run(): Promise<{ statuses: string[]; lookups: number }> {
  const recipe = await openProject({ dir: files.dir }).open('recipe.yaml');
  const cache = await recipe.cache();
  const lookup = cache.lookup.bind(cache);
  let lookups = 0;
  cache.lookup = (...args) => {
    lookups += 1;
    return lookup(...args);
  };
  const { finished } = await (await recipe.run()).result;
  return { statuses: finished.stages.map(({ status }) => status), lookups };
}

test('what the plan of a run finds to be a hit is not looked at again', async () => {
  assert.deepEqual((await run()).statuses, ['run', 'run']);
  assert.deepEqual(await run(), { statuses: ['hit', 'hit'], lookups: 2 });
});

test('what lies below a stage that ran is', async () => {
  files.write('rows.jsonl', '{"text": "three"}\n');
  assert.deepEqual((await run()).statuses, ['run', 'run']);
  files.write('rows.jsonl', '{"text": "one"}\n{"text": "two"}\n');
  assert.deepEqual((await run()).statuses, ['hit', 'hit']);
});
