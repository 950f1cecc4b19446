import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact, Features } from '../../src/stage/artifact.js';
import type { RelabelParams } from '../../src/stage/params.js';
import { EtudeError } from '../../src/util/errors.js';
import relabel from '../../stages/relabel.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, outlineOf } from '../support/stage.js';

const OLD = ['balance', 'pay', 'freeze', 'block', 'other'];
const features: Features = {
  label: { _type: 'ClassLabel', names: OLD },
  row: { _type: 'Value', dtype: 'int64' },
};

/** Rows 0 to 9 with labels 0, 1, …, 4, 0, …, except that row 7 has none; `test` has rows 0 and 5 alone. */
async function example(objects: MemoryObjects, rows = 10): Promise<DatasetArtifact> {
  const row = Array.from({ length: rows }, (_, i) => i);
  const dataset = await makeDataset(
    features,
    { label: row.map((i) => (i === 7 ? null : i % 5)), row },
    objects,
    4,
  );
  dataset.splits.test = {
    num_rows: 2,
    ranges: [
      [0, 1],
      [5, 6],
    ],
  };
  return dataset;
}

async function run(
  params: Partial<RelabelParams>,
  rows = 10,
  { objects = new MemoryObjects(), chunks = new MemoryChunkResults() } = {},
) {
  const dataset = await example(objects, rows);
  const warnings: string[] = [];
  const log = (_level: string, text: string) => void warnings.push(text);
  const all = { column: 'label', others: 'keep' as const, ...params };
  const result = await relabel.run(contextOf(all, { inputs: { dataset }, objects, chunks, log }));
  const artifact = result.artifact as DatasetArtifact;
  const reader = openDataset(artifact, objects);
  const { names } = artifact.features.label as { names: string[] };
  const labels = async (split: string) =>
    ((await reader.column(split, 'label')) as (number | null)[]).map((id) =>
      id === null ? null : names[id],
    );
  return {
    ...result,
    names,
    train: await labels('train'),
    rows: await reader.column('train', 'row'),
    test: await labels('test'),
    warnings,
    chunks: artifact.chunks,
    before: dataset.chunks,
  };
}

const MERGED = { money: ['pay', 'balance'], card: ['freeze', 'block'] };

test('classes are merged, each in the place of its first old one; a missing label stays missing', async () => {
  const merged = await run({ classes: MERGED });
  assert.deepEqual(merged.names, ['money', 'card', 'other']);
  assert.deepEqual(merged.train, [
    'money',
    'money',
    'card',
    'card',
    'other',
    'money',
    'money',
    null,
    'card',
    'other',
  ]);
  assert.deepEqual(merged.test, ['money', 'money']);
  assert.equal(merged.summary, '5 → 3 classes');
  const turned = await run({ classes: { card: MERGED.card, money: MERGED.money } });
  assert.deepEqual(turned.names, merged.names, 'the order of a map does not count');
  const ordered = await run({ classes: MERGED, names: ['other', 'card', 'money'] });
  assert.deepEqual(ordered.names, ['other', 'card', 'money']);
  assert.deepEqual(ordered.train, merged.train);
  assert.deepEqual((await run({ classes: { other: ['pay'] } })).train[1], 'other', 'a kept class takes more');
});

test('renaming alone copies nothing; names from JavaScript are names like any other', async () => {
  const renamed = await run({ classes: { ['__proto__']: 'pay', constructor: ['block'] } });
  assert.deepEqual(renamed.names, ['balance', '__proto__', 'freeze', 'constructor', 'other']);
  assert.equal(renamed.chunks, renamed.before);
  assert.equal(renamed.rowsComputed, 0);
});

test('dropped classes go with their rows, and the summary counts them', async () => {
  const dropped = await run({ drop: ['balance', 'other'] });
  assert.deepEqual(dropped.names, ['pay', 'freeze', 'block']);
  assert.deepEqual(dropped.rows, [1, 2, 3, 6, 7, 8]);
  assert.deepEqual(dropped.train, ['pay', 'freeze', 'block', 'pay', null, 'block']);
  assert.deepEqual(dropped.test, []);
  assert.equal(dropped.summary, '5 → 3 classes, 6 rows dropped (train 4, test 2)');
  assert.deepEqual(dropped.warnings, ["split 'test' has no rows left"]);
  const rest = await run({ classes: MERGED, others: 'drop' });
  assert.deepEqual(
    [rest.names, rest.rows],
    [
      ['money', 'card'],
      [0, 1, 2, 3, 5, 6, 7, 8],
    ],
  );
  assert.deepEqual((await run({ drop: ['pay'] }, 2)).warnings, [
    "no row is of class 'freeze', 'block' and 'other'",
  ]);
  await assert.rejects(run({ drop: ['balance', 'pay'] }, 2), EtudeError);
});

test('a new chunk alone is recoded', async () => {
  const stores = { objects: new MemoryObjects(), chunks: new MemoryChunkResults() };
  assert.equal((await run({ classes: MERGED }, 8, stores)).rowsComputed, 8);
  assert.equal((await run({ classes: MERGED }, 11, stores)).rowsComputed, 3);
});

test('mistakes are all reported at their places', async () => {
  const dataset = await example(new MemoryObjects());
  const outline = async (params: Partial<RelabelParams>) =>
    outlineOf(relabel, { column: 'label', others: 'keep', ...params } as RelabelParams, dataset);
  const problems = async (params: Partial<RelabelParams>) =>
    (await outline(params)).problems.map(({ param, message, suggestion }) =>
      [param.join('.'), message, suggestion].filter((part) => part !== undefined),
    );
  const good = await outline({ classes: MERGED, others: 'drop' });
  assert.deepEqual(good.outline?.kind === 'dataset' && [good.outline.features.label, good.outline.splits], [
    { _type: 'ClassLabel', names: ['money', 'card'] },
    { train: undefined, test: undefined },
  ]);
  assert.deepEqual(
    await problems({ classes: { a: ['pya', 'pay'], b: 'pay' }, drop: ['freeze', 'toString'] }),
    [
      ['classes.a.0', "there is no class 'pya'", 'pay'],
      ['classes.b', "class 'pay' is named twice"],
      ['drop.1', "there is no class 'toString'"],
    ],
  );
  assert.deepEqual(await problems({ names: ['pay', 'blok', 'other', 'freeze', 'balance'] }), [
    ['names.1', "there is no class 'blok' after this stage", 'block'],
    ['names', 'names does not list every class'],
  ]);
  assert.deepEqual(await problems({}), [['', 'nothing says which classes to change']]);
  assert.deepEqual(await problems({ drop: OLD }), [['drop', 'no class would be left']]);
  assert.deepEqual(await problems({ column: 'labl', drop: ['pay'] }), [
    ['column', "no column 'labl' in the dataset", 'label'],
  ]);
  assert.deepEqual(await problems({ column: 'row', drop: ['pay'] }), [
    ['column', "column 'row' has no classes"],
  ]);
});
