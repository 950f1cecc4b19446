import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact } from '../../src/stage/artifact.js';
import type { SelectParams } from '../../src/stage/params.js';
import { EtudeError } from '../../src/util/errors.js';
import select from '../../stages/select.js';
import shuffle from '../../stages/shuffle.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, outlineOf, runForDataset } from '../support/stage.js';

const fixtures = JSON.parse(readFileSync(new URL('../fixtures/rows/rows.json', import.meta.url), 'utf8'));
const int64 = { _type: 'Value', dtype: 'int64' } as const;

/** Two splits: `train` of `n` rows, then `test` of three. */
async function numbered(n: number, objects: MemoryObjects): Promise<DatasetArtifact> {
  const row = Array.from({ length: n + 3 }, (_, i) => i);
  const dataset = await makeDataset({ row: int64 }, { row }, objects);
  return {
    ...dataset,
    splits: {
      train: { num_rows: n, ranges: n === 0 ? [] : [[0, n]] },
      test: { num_rows: 3, ranges: [[n, n + 3]] },
    },
  };
}

async function rowsAfter(params: SelectParams, n: number) {
  const objects = new MemoryObjects();
  const dataset = await numbered(n, objects);
  const artifact = await runForDataset(select, contextOf(params, { inputs: { dataset }, objects }));
  assert.equal(artifact.chunks, dataset.chunks);
  const reader = openDataset(artifact, objects);
  return { train: await reader.column('train', 'row'), test: await reader.column('test', 'row') };
}

test('rows are those of select, take and skip, and what they refuse is refused', async () => {
  for (const { n, options, rows, error } of fixtures.select) {
    const params = { ...options, split: 'train' };
    if (error === undefined)
      assert.deepEqual(await rowsAfter(params, n), { train: rows, test: [5, 6, 7] }, JSON.stringify(options));
    else await assert.rejects(rowsAfter(params, n), EtudeError, JSON.stringify(options));
  }
});

test('each split is selected from, unless some are named', async () => {
  assert.deepEqual(await rowsAfter({ take: 2 }, 4), { train: [0, 1], test: [4, 5] });
  assert.deepEqual(await rowsAfter({ skip: 1, split: ['test'] }, 4), { train: [0, 1, 2, 3], test: [5, 6] });
});

test('the outline knows the sizes, and every mistake at its place', async () => {
  const dataset = await numbered(5, new MemoryObjects());
  const { outline, problems } = await outlineOf(select, { indices: [4, 4, 0], split: 'train' }, dataset);
  assert.deepEqual(outline?.kind === 'dataset' && outline.splits, { train: 3, test: 3 });
  assert.deepEqual(problems, []);
  const problemsOf = async (params: SelectParams) =>
    (await outlineOf(select, params, dataset)).problems.map(({ param, message, expected }) => [
      param.join('.'),
      message,
      expected,
    ]);
  assert.deepEqual(await problemsOf({ indices: [1, 7, 3, 5], split: 'train' }), [
    ['indices.1', "split 'train' has 5 rows", '0 to 4'],
    ['indices.3', "split 'train' has 5 rows", '0 to 4'],
  ]);
  assert.deepEqual(await problemsOf({ skip: 3 }), [
    ['skip', "split 'test' has 3 rows, so none would be left", 'less than 3'],
  ]);
  assert.deepEqual(await problemsOf({}), [
    ['', 'nothing says which rows to select', 'indices, take or skip'],
  ]);
  assert.deepEqual(await problemsOf({ indices: [0], take: 1 }), [
    ['take', 'indices already says which rows to select', 'either indices, or take and skip'],
  ]);
  assert.deepEqual(await problemsOf({ take: 1, split: ['train', 'constructor'] }), [
    ['split.1', "no split 'constructor' in the dataset", 'one of train, test'],
  ]);
});

test('shuffled rows are those of shuffle with the same seed, in every split', async () => {
  for (const { n, seed, rows } of fixtures.shuffle) {
    const objects = new MemoryObjects();
    const dataset = await numbered(n, objects);
    const shuffled = async (params: object) => {
      const context = contextOf({ seed, ...params }, { inputs: { dataset }, objects });
      return openDataset(await runForDataset(shuffle, context), objects);
    };
    const reader = await shuffled({});
    assert.deepEqual(await reader.column('train', 'row'), rows);
    assert.deepEqual(
      [...((await reader.column('test', 'row')) as number[])].sort(),
      [n, n + 1, n + 2].sort(),
    );
    assert.deepEqual(await (await shuffled({ split: 'test' })).column('train', 'row'), [...Array(n).keys()]);
  }
  const dataset = await numbered(5, new MemoryObjects());
  const { problems } = await outlineOf(shuffle, { seed: 1, split: 'tets' }, dataset);
  assert.deepEqual(
    problems.map(({ param, suggestion }) => [param, suggestion]),
    [[['split'], 'test']],
  );
});
