import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import { featuresFromJson } from '../../src/learning/data/features.js';
import type { DatasetArtifact, Feature, Features } from '../../src/stage/artifact.js';
import type { CastColumnParams } from '../../src/stage/params.js';
import { EtudeError } from '../../src/util/errors.js';
import castColumn from '../../stages/cast-column.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, outlineOf } from '../support/stage.js';

const { cast, encode } = JSON.parse(
  readFileSync(new URL('../fixtures/rows/rows.json', import.meta.url), 'utf8'),
);
const string = { _type: 'Value', dtype: 'string' } as const;

type Params = Partial<CastColumnParams> & { type: string };

async function run(
  feature: Feature,
  values: unknown[],
  params: Params,
  rows = 4,
  { objects = new MemoryObjects(), chunks = new MemoryChunkResults() } = {},
) {
  const dataset = await makeDataset({ x: feature }, { x: values }, objects, rows);
  const all = { column: 'x', on_error: 'fail' as const, ...params };
  const result = await castColumn.run(contextOf(all, { inputs: { dataset }, objects, chunks }));
  const artifact = result.artifact as DatasetArtifact;
  return {
    ...result,
    feature: artifact.features.x!,
    values: await openDataset(artifact, objects).column('train', 'x'),
    artifact,
  };
}

/** Where the result differs from that of datasets, and why. */
const DEVIATIONS: Record<string, 'error' | unknown[]> = {
  // A label without a class is of no use.
  'int64 to ClassLabel: [2]': 'error',
  // Whose digits depend on the library.
  'float64 to string: [1,0.1,1e+21]': 'error',
  // There, names become digits.
  'ClassLabel to string: [1,0]': ['a', 'b'],
};

interface Case {
  from: unknown;
  to: { _type: string; dtype: string; names?: string[] };
  values: unknown[];
  result?: unknown[];
  error?: string;
}

for (const { from, to, values, result, error } of cast as Case[]) {
  const feature = featuresFromJson({ x: from }).x!;
  const type = to._type === 'ClassLabel' ? 'ClassLabel' : to.dtype;
  const params = { type, ...(to.names && { names: to.names }) };
  const what = `${feature._type === 'Value' ? feature.dtype : feature._type} to ${type}: ${JSON.stringify(values)}`;
  const expected = DEVIATIONS[what] ?? result ?? 'error';
  const isAs = what in DEVIATIONS ? 'not as in' : 'as in';
  test(`${what} ${expected === 'error' ? 'is refused' : 'is cast'}, ${isAs} cast_column`, async () => {
    if (expected === 'error') await assert.rejects(run(feature, values, params), EtudeError, error);
    else assert.deepEqual((await run(feature, values, params)).values, expected);
  });
}

test('classes are the sorted values of all splits, as in class_encode_column', async () => {
  for (const { dtype, values, names, result } of encode) {
    const encoded = await run({ _type: 'Value', dtype }, values, { type: 'ClassLabel' });
    assert.deepEqual(encoded.feature, { _type: 'ClassLabel', names });
    assert.deepEqual(encoded.values, result);
  }
  await assert.rejects(run(string, [null], { type: 'ClassLabel' }), /column 'x' has no values/);
});

test('text is read as numbers the way Arrow does; missing values stay missing', async () => {
  const floats = await run(string, ['inf', '-INF', '+infinity', 'nan', '1e2', null], { type: 'float64' });
  assert.deepEqual(floats.values, [Infinity, -Infinity, Infinity, NaN, 100, null]);
  for (const text of ['0x10', '1 ', '1,5', 'Infinit', '--1'])
    await assert.rejects(run(string, [text], { type: 'float64' }), EtudeError, text);
  const big = String(2 ** 53);
  await assert.rejects(run(string, [big], { type: 'int64' }), EtudeError);
});

test('every row that does not fit is reported, or left out', async () => {
  const params = { type: 'ClassLabel', names: ['a', 'constructor'] };
  const values = ['a', 'toString', 'constructor', 'b', null];
  await assert.rejects(run(string, values, params), (error) => {
    assert.ok(error instanceof EtudeError);
    assert.match(error.describe(), /2 of 5 rows cannot be used/);
    assert.match(error.describe(), /train row 1: there is no such class .*got 'toString'/);
    assert.match(error.describe(), /train row 3: .*got 'b'/);
    return true;
  });
  const skipping = await run(string, values, { ...params, on_error: 'skip' });
  assert.deepEqual(skipping.values, [0, 1, null]);
  assert.equal(skipping.summary, 'x string → ClassLabel(2), 2 rows skipped');
});

test('a new chunk alone is cast, unless it brings a new class', async () => {
  const stores = { objects: new MemoryObjects(), chunks: new MemoryChunkResults() };
  const computed = async (values: string[], params: Params) =>
    (await run(string, values, params, 2, stores)).rowsComputed;
  assert.equal(await computed(['a', 'b', 'b', 'a'], { type: 'ClassLabel' }), 4);
  assert.equal(await computed(['a', 'b', 'b', 'a', 'a'], { type: 'ClassLabel' }), 1);
  assert.equal(await computed(['a', 'b', 'b', 'a', 'A'], { type: 'ClassLabel' }), 5);
});

test('the outline knows the new type, and what cannot be cast', async () => {
  const features: Features = {
    x: string,
    y: { _type: 'Value', dtype: 'float32' },
    z: { _type: 'Audio', storage: 'encoded' },
    label: { _type: 'ClassLabel', names: ['a'] },
  };
  const dataset = { kind: 'dataset' as const, features, chunks: [], splits: {} };
  const outline = (params: Params) =>
    outlineOf(castColumn, { column: 'x', on_error: 'fail', ...params }, dataset);
  const featureOf = async (params: Params) => {
    const { outline: found } = await outline(params);
    return found?.kind === 'dataset' ? found.features.x : undefined;
  };
  assert.deepEqual(await featureOf({ type: 'int8' }), { _type: 'Value', dtype: 'int8' });
  assert.deepEqual(await featureOf({ type: 'ClassLabel' }), { _type: 'ClassLabel', names: [] });
  const problems = async (params: Params) =>
    (await outline(params)).problems.map(({ param, message, suggestion, hint }) =>
      [param.join('.'), message, suggestion, hint].filter((part) => part !== undefined),
    );
  assert.deepEqual(await problems({ type: 'Audio' }), [
    ['type', "no column can be cast to 'Audio'", 'cast-audio decodes audio and changes its sampling rate.'],
  ]);
  assert.deepEqual(await problems({ type: 'int23', column: 'u' }), [
    ['column', "no column 'u' in the dataset"],
    ['type', "no column can be cast to 'int23'", 'int32'],
  ]);
  for (const type of ['binary', 'constructor', '__proto__'])
    assert.equal((await problems({ type }))[0]![0], 'type', type);
  assert.deepEqual(await problems({ type: 'string', names: ['a'] }), [
    ['names', 'a column of type string has no names'],
  ]);
  assert.deepEqual(await problems({ type: 'ClassLabel', column: 'y' }), [
    [
      'column',
      "column 'y' cannot be cast to ClassLabel",
      'cast-column makes integers of it first (type: int64).',
    ],
  ]);
  assert.deepEqual(await problems({ type: 'int8', column: 'z' }), [
    ['column', "column 'z' cannot be cast to int8", 'cast-audio decodes and resamples.'],
  ]);
  assert.deepEqual(await problems({ type: 'ClassLabel', column: 'label' }), [
    ['column', "column 'label' cannot be cast to ClassLabel", 'relabel renames and reorders classes.'],
  ]);
});

test('the items of lists become classes by name, as one class a row does', async () => {
  const lists: Feature = { _type: 'List', feature: string };
  const { feature, values } = await run(lists, [['dog', 'cat'], [], null, ['cat', null]], {
    type: 'ClassLabel',
  });
  assert.deepEqual(feature, { _type: 'List', feature: { _type: 'ClassLabel', names: ['cat', 'dog'] } });
  assert.deepEqual(
    values.map((value) => value && Array.from(value as ArrayLike<unknown>)),
    [[1, 0], [], null, [0, null]],
  );
  const named = run(lists, [['dog', 'cow']], { type: 'ClassLabel', names: ['cat', 'dog'] });
  await assert.rejects(named, /no such class/);
});
