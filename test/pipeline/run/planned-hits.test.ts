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

/**
 * Runs the recipe; resolves with the status of its stages, and how often the cache was asked for a result.
 */
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

test("a hit of the run's plan is not looked up again", async () => {
  assert.deepEqual((await run()).statuses, ['run', 'run']);
  assert.deepEqual(await run(), { statuses: ['hit', 'hit'], lookups: 2 });
});

test('what follows a stage that ran is looked up again', async () => {
  files.write('rows.jsonl', '{"text": "three"}\n');
  assert.deepEqual((await run()).statuses, ['run', 'run']);
  files.write('rows.jsonl', '{"text": "one"}\n{"text": "two"}\n');
  assert.deepEqual((await run()).statuses, ['hit', 'hit']);
});
