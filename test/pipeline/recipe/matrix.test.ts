import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveRecipe } from '../../../src/pipeline/recipe/resolve-recipe.js';
import { linesOf, pipelineOf, projectFolder } from '../../support/recipe-folder.js';

const RECIPE = `params: { rate: 1, seed: 1, count: 4 }
matrix: { rate: [1e-4, 2], seed: [1, 2, 3] }
stages:
  s:
    uses: ./stages/source.js
    with: { count: $\{{ params.count }} }
  t:
    uses: split
    from: s
    with: { test_size: 0.2, seed: $\{{ params.seed }} }
  m:
    uses: ./stages/learn.js
    from: t
    with: { x: $\{{ params.rate }} }
  r:
    uses: ./stages/score.js
    from: { model: m, dataset: t }
    with: { x: 0 }
`;

const idsOf = async (recipe: string, set: string[] = []) =>
  (await pipelineOf(recipe, set)).stages.map(({ id }) => id);

test('a stage exists once for all cells that agree on it, named after what it depends on', async () => {
  const { stages, cells } = await pipelineOf(RECIPE);
  assert.deepEqual(
    stages.map(({ id }) => id),
    [
      's',
      't[seed=1]',
      't[seed=2]',
      't[seed=3]',
      ...['1e-4', '2'].flatMap((rate) => [1, 2, 3].map((seed) => `m[rate=${rate},seed=${seed}]`)),
      ...['1e-4', '2'].flatMap((rate) => [1, 2, 3].map((seed) => `r[rate=${rate},seed=${seed}]`)),
    ],
  );
  const last = stages.at(-1)!;
  assert.deepEqual(last.from, { model: 'm[rate=2,seed=3]', dataset: 't[seed=3]' });
  assert.deepEqual([last.variantOf, last.cell], ['r', { rate: 2, seed: 3 }]);
  assert.equal(stages.find(({ id }) => id === 'm[rate=1e-4,seed=2]')!.with.x, 1e-4);
  assert.deepEqual(cells?.[1], {
    params: { rate: 1e-4, seed: 2 },
    stages: { s: 's', t: 't[seed=2]', m: 'm[rate=1e-4,seed=2]', r: 'r[rate=1e-4,seed=2]' },
  });
});

test('a parameter that no stage reads makes no stages', async () => {
  const recipe = RECIPE.replace('rate: [1e-4, 2], seed: [1, 2, 3]', 'rate: [5, 6], unused: [1, 2]').replace(
    'count: 4',
    'count: 4, unused: 0',
  );
  assert.deepEqual(await idsOf(recipe), ['s', 't', 'm[rate=5]', 'm[rate=6]', 'r[rate=5]', 'r[rate=6]']);
});

test('a value set from outside is no longer varied; the matrix itself can be set', async () => {
  assert.deepEqual(await idsOf(RECIPE, ['params.seed=9', 'params.rate=3']), ['s', 't', 'm', 'r']);
  assert.deepEqual((await idsOf(RECIPE, ['params.seed=9'])).slice(0, 4), [
    's',
    't',
    'm[rate=1e-4]',
    'm[rate=2]',
  ]);
  assert.equal((await idsOf(RECIPE, ['matrix.seed=[1,2]'])).length, 1 + 2 + 4 + 4);
});

test('values of any kind name stages, without characters that a path or a shell would trip over', async () => {
  const values = '["../x", "a/b", "A/B", "", [1], {k: 1}, true]';
  const recipe = `params: { text: x }
matrix: { text: ${values} }
stages:
  s: { uses: ./stages/any.js, with: { any: "$\{{ params.text }}" } }
`;
  const any = `export default { name: 'any', description: 'x', inputs: {}, output: 'report',
    schema: { type: 'object', properties: { any: {} }, additionalProperties: false }, run() {} };`;
  const { stages } = await pipelineOf(recipe, [], projectFolder({ 'stages/any.js': any }));
  assert.deepEqual(
    stages.map(({ id }) => id),
    ['..-x', 'a-b', 'A-B.3', '4', '5', '6', 'true'].map((word) => `s[text=${word}]`),
  );
});

test('the resolved recipe of a matrix is a recipe of its cells', async () => {
  const folder = projectFolder();
  const first = await pipelineOf(RECIPE, [], folder);
  const again = await pipelineOf(resolveRecipe(first), [], folder);
  const plain = ({ id, from, with: params }: (typeof first.stages)[number]) => ({ id, from, params });
  assert.deepEqual(again.stages.map(plain), first.stages.map(plain));
  assert.equal(again.cells, undefined);
});

test('mistakes in a matrix are reported where they are', async () => {
  const lines = (matrix: string) => linesOf(RECIPE.replace(/^matrix:.*$/m, `matrix: ${matrix}`));
  assert.deepEqual(await lines('{ sed: [1] }'), [
    "2:11 the matrix varies 'sed', which is not in `params`: did you mean 'seed'?",
  ]);
  assert.deepEqual(await lines('{ seed: 1 }'), [
    "2:17 wrong value for key 'matrix.seed': expected list, got number 1",
  ]);
  assert.match((await lines('{ seed: [] }'))[0]!, /^2:17 /);
  assert.match((await lines('{ seed: [1, 1] }'))[0]!, /^2:21 .*matrix\.seed/);
  assert.match(
    (await lines(`{ seed: ["$\{{ params.rate }}"] }`))[0]!,
    /^2:19 a reference is not allowed here/,
  );
  const many = `[${Array.from({ length: 101 }, (_, i) => i).join(', ')}]`;
  assert.deepEqual(await lines(`{ seed: ${many}, rate: ${many} }`), [
    '2:1 the matrix is too large: expected at most 10000 combinations, got 10201',
  ]);
});

test('an invalid value is reported once, where the parameter is used', async () => {
  const lines = await linesOf(RECIPE.replace('seed: [1, 2, 3]', 'seed: [1, many]'));
  assert.deepEqual(lines, [
    "10:35 wrong value for parameter 'seed' of stage type 'split': expected integer, got string 'many' from params.seed",
  ]);
});

test('ids with brackets are reserved for the matrix', async () => {
  const lines = await linesOf(RECIPE.replace(/\bm:$/m, 'm[seed=1]:'));
  assert.match(lines[0]!, /^11:3 the id 'm\[seed=1\]' has brackets/);
});
