import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPipeline } from '../../../src/pipeline/recipe/load-pipeline.js';
import { linesOf, pipelineOf, projectFolder } from '../../support/recipe-folder.js';

const STAGES = `stages:
  s:
    uses: ./stages/source.js
  t:
    uses: split
    from: s
    with: { test_size: 0.2, seed: $\{{ params.seed }} }
  m:
    uses: ./stages/learn.js
    from: t
    with: { x: $\{{ params.rate }} }
`;
const recipe = (more: string, axes = 'rate: [1e-4, 2], seed: [1, 2, 3]') =>
  `params: { rate: 1, seed: 1 }\nmatrix: { ${[axes, more].filter((part) => part !== '').join(', ')} }\n${STAGES}`;

const cellsOf = async (text: string, set: string[] = []) =>
  (await pipelineOf(text, set)).cells?.map(({ params }) => Object.values(params).join(' '));
const idsOf = async (text: string, set: string[] = []) =>
  (await pipelineOf(text, set)).stages.map(({ id }) => id);
const lines = (more: string, axes?: string) => linesOf(recipe(more, axes));

test('exclude removes the combinations that it matches, in full or in some of their values', async () => {
  assert.deepEqual(await cellsOf(recipe('exclude: [{ rate: 1e-4, seed: 2 }, { seed: 3 }]')), [
    '0.0001 1',
    '2 1',
    '2 2',
  ]);
});

test('include adds full combinations, after exclusion; one that already exists is not repeated', async () => {
  const more = 'exclude: [{ seed: 2 }, { seed: 3 }], include: [{ seed: 9, rate: 5 }, { rate: 2, seed: 1 }]';
  const { cells } = await pipelineOf(recipe(more));
  assert.deepEqual(
    cells?.map(({ params }) => params),
    [
      { rate: 1e-4, seed: 1 },
      { rate: 2, seed: 1 },
      { rate: 5, seed: 9 },
    ],
  );
});

test('a matrix may consist of combinations alone', async () => {
  const text = recipe('include: [{ rate: 1, seed: 1 }, { rate: 2, seed: 2 }]', '');
  assert.deepEqual(await cellsOf(text), ['1 1', '2 2']);
  assert.deepEqual(await idsOf(text), [
    's',
    't[seed=1]',
    't[seed=2]',
    'm[rate=1,seed=1]',
    'm[rate=2,seed=2]',
  ]);
});

test('the remaining stages have the same ids and sharing as in the full matrix', async () => {
  const whole = await idsOf(recipe(''));
  const most =
    'exclude: [{ rate: 1e-4, seed: 2 }, { rate: 1e-4, seed: 3 }, { rate: 2, seed: 1 }, { rate: 2, seed: 3 }]';
  const left = await idsOf(recipe(most));
  assert.deepEqual(left, ['s', 't[seed=1]', 't[seed=2]', 'm[rate=1e-4,seed=1]', 'm[rate=2,seed=2]']);
  assert.ok(left.every((id) => whole.includes(id)));
  const one = await idsOf(recipe('exclude: [{ seed: 2 }, { seed: 3 }]'));
  assert.deepEqual(one, ['s', 't[seed=1]', 'm[rate=1e-4,seed=1]', 'm[rate=2,seed=1]']);
  const odd = 'matrix: { rate: [{ a: 1, b: 2 }, { a: 2, b: 1 }], include: [{ rate: { b: 2, a: 1 } }] }';
  const { stages } = await pipelineOf(
    `params: { rate: 1, rates: [$\{{ params.rate }}] }\n${odd}\nstages: { s: { uses: ./stages/any.js, with: { any: "$\{{ params.rates }}" } } }`,
    [],
    projectFolder({
      'stages/any.js': `export default { name: 'any', description: 'x', inputs: {}, output: 'report',
        schema: { type: 'object', properties: { any: {} }, additionalProperties: false }, run() {} };`,
    }),
  );
  assert.deepEqual(
    stages.map(({ id }) => id),
    ['s[rate=1]', 's[rate=2]'],
  );
});

test('a parameter set from outside is no longer varied, not even by combinations', async () => {
  const more = 'exclude: [{ rate: 2, seed: 3 }, { rate: 1e-4, seed: 1 }], include: [{ rate: 5, seed: 9 }]';
  assert.deepEqual(await cellsOf(recipe(more), ['params.seed=3']), ['0.0001', '5']);
  assert.deepEqual(await cellsOf(recipe(more), ['params.seed=4']), ['0.0001', '2', '5']);
  assert.equal(await cellsOf(recipe(more), ['params.seed=3', 'params.rate=2']), undefined);
  const alone = recipe('include: [{ rate: 1, seed: 1 }, { rate: 2, seed: 2 }]', '');
  assert.deepEqual(await cellsOf(alone, ['params.seed=7']), ['1', '2']);
  assert.equal(await cellsOf(alone, ['params.seed=7', 'params.rate=8']), undefined);
});

test('the matrix can be set from outside, with combinations, or in conflict with them', async () => {
  const text = recipe('exclude: [{ rate: 2, seed: 3 }]');
  assert.deepEqual(await cellsOf(text, ['matrix.seed=[4]']), ['0.0001 4', '2 4']);
  assert.deepEqual(await cellsOf(recipe(''), ['matrix.exclude=[{rate: 2}]']), [
    '0.0001 1',
    '0.0001 2',
    '0.0001 3',
  ]);
  assert.deepEqual(await linesOf(recipe(''), ['matrix.exclude=[{rate: 3}]']), [
    "--set:24 this excludes nothing: 'rate' never has this value: expected one of 0.0001, 2, got 3",
  ]);
});

test('a recipe that extends another one may replace the values that the base excludes, and what it excludes', async () => {
  const folder = projectFolder({
    'base.yaml': recipe('exclude: [{ seed: 3 }]'),
    'values.yaml': 'extends: ./base.yaml\nmatrix: { seed: [7] }\n',
    'all.yaml': 'extends: ./base.yaml\nmatrix: { exclude: null }\n',
  });
  for (const [name, count] of [
    ['base', 4],
    ['values', 2],
    ['all', 6],
  ] as const) {
    const loaded = await loadPipeline(join(folder, `${name}.yaml`));
    assert.equal('pipeline' in loaded && loaded.pipeline.cells?.length, count, name);
  }
});

test('mistakes in combinations are reported where they are, all at once', async () => {
  assert.deepEqual(await lines('exclude: [{ sed: 1 }, { seed: 4 }], include: [{ rate: 1 }]'), [
    "2:57 the matrix does not vary 'sed': did you mean 'seed'?",
    "2:75 this excludes nothing: 'seed' never has this value: expected one of 1, 2, 3, got 4",
    "2:91 an included combination must give every parameter of the matrix; missing: 'seed': expected rate, seed",
  ]);
  assert.deepEqual(await lines('exclude: [{ rate: 1e-4 }, { rate: 2 }]'), [
    '2:45 every combination of the matrix is excluded: expected at least one combination',
  ]);
  assert.deepEqual(await lines('exclude: [{ seed: 1 }]', ''), [
    '2:11 the matrix varies nothing: expected at least one combination',
  ]);
  assert.deepEqual(await lines('include: [{ sed: 1 }]', ''), [
    "2:23 the matrix does not vary 'sed': did you mean 'seed'?",
  ]);
  assert.deepEqual(await lines('exclude: { seed: 1 }'), [
    "2:54 wrong value for key 'matrix.exclude': expected list of maps, got map",
  ]);
  assert.deepEqual(await lines('include: [{}]'), [
    "2:55 wrong value for key 'matrix.include.0': expected at least 1 entry, got empty map",
  ]);
  const many = `[${Array.from({ length: 5000 }, (_, i) => i).join(', ')}]`;
  assert.deepEqual(await lines('include: [{ rate: 7, seed: 7 }]', `rate: [1, 2], seed: ${many}`), [
    '2:1 the matrix is too large: expected at most 10000 combinations, got 10001',
  ]);
});

test('a parameter called include or exclude conflicts with that key of the matrix', async () => {
  const text = recipe('exclude: [{ seed: 1 }]').replace('params: {', 'params: { exclude: 1,');
  assert.deepEqual(await linesOf(text), [
    "1:11 a parameter cannot be called 'exclude' alongside `matrix.exclude`: expected another name",
  ]);
  assert.deepEqual(await linesOf(text.replace('exclude: [{ seed: 1 }]', '').replace(', }', ' }')), []);
});
