import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPipeline } from '../../../src/pipeline/recipe/load-pipeline.js';
import { Project } from '../../support/project.js';

const project = new Project();
project.write('data/a/1.wav', 'x');

async function problemsOf(recipe: string, set: string[] = []): Promise<string[]> {
  project.write('recipe.yaml', recipe);
  const loaded = await loadPipeline(project.path('recipe.yaml'), { set });
  return 'problems' in loaded
    ? loaded.problems.map(({ line, message, got }) => `${line} ${message}: ${got}`)
    : [];
}

const recipe = (size: string, more = '') => `name: t
${more}
stages:
  d: { uses: load, with: { path: missing } }
  p: { uses: split, from: d, with: { ${size}, seed: 1 } }
`;
const split = async (size: string, more = '', set: string[] = []) =>
  (await problemsOf(recipe(size, more), set)).filter((problem) => !problem.includes('no such file'));
const refused = (name: string) => `'${name}' is neither a fraction nor a whole number`;

test('a number like 1.0 is refused where fractions and counts mean different things', async () => {
  assert.deepEqual(await split('test_size: 1.0'), [`5 ${refused('test_size')}: 1.0`]);
  assert.deepEqual(await split('test_size: 2.'), [`5 ${refused('test_size')}: 2.`]);
  assert.deepEqual(await split('train_size: 1e0'), [`5 ${refused('train_size')}: 1e0`]);
  assert.deepEqual(await split('test_size: 3.0, train_size: 1.0'), [
    `5 ${refused('test_size')}: 3.0`,
    `5 ${refused('train_size')}: 1.0`,
  ]);
  for (const fine of ['test_size: 1', 'test_size: 0.5', 'test_size: 20', 'test_size: 5.0e-1'])
    assert.deepEqual(await split(fine), []);
});

test('wherever the number comes from', async () => {
  const reference = `test_size: "\${{ params.size }}"`;
  assert.deepEqual(await split(reference, 'params: { size: 1.0 }'), [`5 ${refused('test_size')}: 1.0`]);
  assert.deepEqual(
    await split(reference, `params: { size: "\${{ params.other.one }}", other: { one: 1.0 } }`),
    [`5 ${refused('test_size')}: 1.0`],
  );
  assert.deepEqual(await split(reference, 'params: { size: 1 }'), []);
  assert.deepEqual(await split(reference, 'params: { size: 0.5 }\nmatrix: { size: [0.5, 1.0] }'), [
    `6 ${refused('test_size')}: 1.0`,
  ]);
  const set = await split('test_size: 0.5', '', ['stages.p.with.test_size=1.0']);
  assert.deepEqual(set, [`1 ${refused('test_size')}: 1.0`]);
  assert.deepEqual(await split(reference, 'params: { size: 0.5 }', ['size=1.0']), [
    `5 ${refused('test_size')}: 1.0`,
  ]);
});

test('the same for training steps', async () => {
  const steps =
    'warmup_steps: 1.0, eval_steps: 10.0, save_steps: 1.0, logging_steps: 1.0, num_train_epochs: 1.0';
  const found = await problemsOf(
    `name: t\nstages:\n  d: { uses: load, with: { path: data } }\n  m: { uses: train, from: d, with: { model: gone, ${steps} } }\n`,
  );
  assert.deepEqual(
    found.filter((problem) => problem.includes('neither')),
    ['warmup_steps', 'eval_steps', 'save_steps', 'logging_steps'].map(
      (name) => `4 ${refused(name)}: ${name === 'eval_steps' ? '10.0' : '1.0'}`,
    ),
  );
});
