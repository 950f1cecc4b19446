import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import type { DatasetArtifact, Features } from '../../src/stage/artifact.js';
import { EtudeError } from '../../src/util/errors.js';
import split from '../../stages/split.js';
import { tinyWav } from '../support/audio-files.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, outlineOf, runForDataset } from '../support/stage.js';

const defaults = { seed: 42, shuffle: true, train_split_name: 'train', test_split_name: 'test' };
const int64 = { _type: 'Value', dtype: 'int64' } as const;
const { cases, refusals } = JSON.parse(
  readFileSync(new URL('../fixtures/split/split.json', import.meta.url), 'utf8'),
);

/** The formula of test/fixtures/split/make.py. */
function labelsOf(n: number, classes: number): number[] {
  return Array.from({ length: n }, (_, i) => (i % 3 ? (i * i + 3 * i) % classes : i % classes));
}

async function numbered(
  n: number,
  objects: MemoryObjects,
  more: { features?: Features; columns?: object } = {},
) {
  const row = Array.from({ length: n }, (_, i) => i);
  return makeDataset({ row: int64, ...more.features }, { row, ...more.columns }, objects);
}

async function splitRows(dataset: DatasetArtifact, params: object, objects: MemoryObjects) {
  const artifact = await runForDataset(
    split,
    contextOf({ ...defaults, ...params }, { inputs: { dataset }, objects }),
  );
  const reader = openDataset(artifact, objects);
  const rows = await Promise.all(
    reader.splits.map(async (name) => [name, await reader.column(name, 'row')] as const),
  );
  return { artifact, rows: Object.fromEntries(rows) as Record<string, number[]> };
}

function rejects(promise: Promise<unknown>, ...parts: RegExp[]) {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof EtudeError, String(error));
    for (const part of parts) assert.match(error.describe(), part);
    return true;
  });
}

interface Case {
  n: number;
  classes: number | null;
  labels: number[] | null;
  options: Record<string, unknown>;
}

async function rowsOfCase({ n, classes, labels, options }: Case) {
  const objects = new MemoryObjects();
  const labelled = classes && {
    features: {
      label: { _type: 'ClassLabel', names: Array.from({ length: classes }, (_, i) => `c${i}`) },
    } as Features,
    columns: { label: labels ?? labelsOf(n, classes) },
  };
  return (await splitRows(await numbered(n, objects, labelled || {}), options, objects)).rows;
}

for (const one of cases as (Case & { train: number[]; test: number[] })[]) {
  test(`the rows of ${one.n} are those of train_test_split(${JSON.stringify(one.options)})`, async () => {
    assert.deepEqual(await rowsOfCase(one), { train: one.train, test: one.test });
  });
}

for (const one of refusals as (Case & { error: string })[]) {
  test(`${one.n} rows and ${JSON.stringify(one.options)} are refused, as in train_test_split: ${one.error}`, () =>
    rejects(rowsOfCase(one)));
}

test('chunks are shared with the input, other splits pass through in place', async () => {
  const objects = new MemoryObjects();
  const dataset = await numbered(100, objects);
  dataset.splits = {
    train: { num_rows: 60, ranges: [[0, 60]] },
    extra: { num_rows: 40, ranges: [[60, 100]] },
  };
  const { artifact, rows } = await splitRows(dataset, { test_size: 0.5 }, objects);
  assert.equal(artifact.chunks, dataset.chunks);
  assert.deepEqual(Object.keys(artifact.splits), ['train', 'test', 'extra']);
  assert.deepEqual(artifact.splits.extra, dataset.splits.extra);
  assert.ok([...rows.train!, ...rows.test!].every((row) => row < 60));
});

test('a second split takes a validation part out of the train part', async () => {
  const objects = new MemoryObjects();
  const first = await splitRows(await numbered(50, objects), { test_size: 10 }, objects);
  const second = await splitRows(first.artifact, { test_size: 8, test_split_name: 'validation' }, objects);
  assert.deepEqual(Object.keys(second.rows), ['train', 'validation', 'test']);
  assert.deepEqual(second.rows.test, first.rows.test);
  const all = [...second.rows.train!, ...second.rows.validation!].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    [...first.rows.train!].sort((a, b) => a - b),
  );
});

for (const shuffle of [true, false]) {
  test(`no group is on both sides, and sizes are as close as possible (shuffle ${shuffle})`, async () => {
    const objects = new MemoryObjects();
    const speaker = Array.from({ length: 101 }, (_, i) => (i < 40 ? 'ann' : `s${i % 7}`));
    const dataset = await numbered(101, objects, {
      features: { speaker: { _type: 'Value', dtype: 'string' } },
      columns: { speaker },
    });
    const params = { test_size: 0.25, group_by_column: 'speaker', shuffle };
    const { rows } = await splitRows(dataset, params, objects);
    const speakers = (part: number[]) => new Set(part.map((row) => speaker[row]));
    assert.deepEqual(
      [...speakers(rows.train!)].filter((name) => speakers(rows.test!).has(name)),
      [],
    );
    // Sizes are 40, six groups of 9 and one of 7 or so: 26 or 27 of 101 rows are possible.
    assert.ok(Math.abs(rows.test!.length - 26) <= 1, `${rows.test!.length}`);
    assert.equal(rows.train!.length + rows.test!.length, 101);
    assert.deepEqual((await splitRows(dataset, params, objects)).rows, rows);
    if (!shuffle)
      assert.deepEqual(
        rows.train,
        [...rows.train!].sort((a, b) => a - b),
      );
  });
}

test('group sizes meet an exact size that a greedy choice would miss', async () => {
  const objects = new MemoryObjects();
  const sizes = [7, 7, 6, 5, 5];
  const group = sizes.flatMap((size, g) => Array.from({ length: size }, () => g));
  const dataset = await numbered(30, objects, { features: { group: int64 }, columns: { group } });
  for (const seed of [0, 1, 2, 3]) {
    const { rows } = await splitRows(dataset, { test_size: 10, group_by_column: 'group', seed }, objects);
    assert.equal(rows.test!.length, 10);
  }
});

test('impossible sizes are refused with the numbers', async () => {
  const objects = new MemoryObjects();
  const dataset = await numbered(10, objects);
  await rejects(splitRows(dataset, { test_size: 10 }, objects), /test_size/, /1 to 9/, /got +10/);
  await rejects(splitRows(dataset, { test_size: 1.5 }, objects), /test_size/, /got +1\.5/);
  await rejects(
    splitRows(dataset, { test_size: 6, train_size: 5 }, objects),
    /5 for training \+ 6 for testing = 11/,
  );
  await rejects(
    splitRows(dataset, { train_size: 0.05 }, objects),
    /train split would be empty/,
    /of 10 rows/,
  );
  dataset.splits.train = { num_rows: 0, ranges: [] };
  await rejects(splitRows(dataset, {}, objects), /no rows to split/);
});

test('classes too small to stratify by, and rows without a group, are reported', async () => {
  const objects = new MemoryObjects();
  const features: Features = {
    label: { _type: 'ClassLabel', names: ['rare', 'usual'] },
    speaker: { _type: 'Value', dtype: 'string' },
  };
  const columns = { label: [0, ...Array(9).fill(1)], speaker: ['a', null, ...Array(8).fill('b')] };
  const dataset = await numbered(10, objects, { features, columns });
  await rejects(
    splitRows(dataset, { stratify_by_column: 'label' }, objects),
    /class 'rare'/,
    /at least 2 rows/,
  );
  await rejects(splitRows(dataset, { group_by_column: 'speaker' }, objects), /row 1/, /'speaker'/);
});

test('the outline knows the sizes, and the problems, before anything runs', async () => {
  const objects = new MemoryObjects();
  const features: Features = { intent_class: { _type: 'ClassLabel', names: ['a', 'b'] } };
  const dataset = await numbered(563, objects, { features, columns: { intent_class: Array(563).fill(0) } });
  const good = await outlineOf(split, { ...defaults, test_size: 0.2 }, dataset);
  assert.deepEqual(good.problems, []);
  assert.deepEqual(good.outline?.kind === 'dataset' && good.outline.splits, { train: 450, test: 113 });

  const messages = async (params: object) =>
    (await outlineOf(split, { ...defaults, ...params }, dataset)).problems.map((p) => [
      p.param.join('.'),
      p.suggestion,
    ]);
  assert.deepEqual(await messages({ stratify_by_column: 'intent_clas' }), [
    ['stratify_by_column', 'intent_class'],
  ]);
  assert.deepEqual(await messages({ stratify_by_column: 'row' }), [['stratify_by_column', undefined]]);
  assert.deepEqual(await messages({ split: 'tran' }), [['split', 'train']]);
  assert.deepEqual(await messages({ test_size: 600 }), [['test_size', undefined]]);
  assert.deepEqual(await messages({ stratify_by_column: 'intent_class', shuffle: false }), [
    ['stratify_by_column', undefined],
  ]);
  dataset.splits.test = { num_rows: 1, ranges: [[0, 1]] };
  assert.deepEqual(await messages({}), [['test_split_name', undefined]]);
});

test('a clip that is in two splits by its content, whatever its name, is reported, and what was found out about it kept', async () => {
  const objects = new MemoryObjects();
  const chunks = new MemoryChunkResults();
  const audio = Array.from({ length: 30 }, (_, i) => ({ bytes: tinyWav(i % 28), path: `${i}.wav` }));
  const features: Features = { audio: { _type: 'Audio', storage: 'encoded' } };
  const dataset = await makeDataset(features, { audio }, objects);
  const warningsOf = async (params: object) => {
    const warnings: string[] = [];
    const log = (_level: string, text: string) => void warnings.push(text);
    const context = contextOf({ ...defaults, ...params }, { inputs: { dataset }, objects, chunks, log });
    const artifact = await runForDataset(split, context);
    assert.equal(artifact.chunks, dataset.chunks);
    return warnings;
  };
  // Rows 28 and 29 repeat rows 0 and 1.
  assert.deepEqual(await warningsOf({ shuffle: false, test_size: 5 }), [
    "2 clips of 'test' are also in 'train': row 3 of test (28.wav) is row 0 of train (0.wav)",
  ]);
  const kept = chunks.stored.size;
  assert.equal(kept, dataset.chunks.length, 'digests and prints of each chunk');
  assert.deepEqual(await warningsOf({ shuffle: false, test_size: 1 }), [
    "a clip of 'test' is also in 'train': row 0 of test (29.wav) is row 1 of train (1.wav)",
  ]);
  assert.equal(chunks.stored.size, kept);
  dataset.splits.train = { num_rows: 28, ranges: [[0, 28]] };
  assert.deepEqual(await warningsOf({ shuffle: false, test_size: 5 }), []);
});

test('decoded clips are compared by their samples', async () => {
  const objects = new MemoryObjects();
  const audio = [0, 1, 2, 1].map((seed, i) => ({
    array: Float32Array.of(seed, 0.5),
    path: i === 3 ? null : `${i}`,
  }));
  const features: Features = { audio: { _type: 'Audio', sampling_rate: 16000, storage: 'samples' } };
  const dataset = await makeDataset(features, { audio }, objects);
  const warnings: string[] = [];
  const log = (_level: string, text: string) => void warnings.push(text);
  const params = { ...defaults, shuffle: false, test_size: 1 };
  await runForDataset(split, contextOf(params, { inputs: { dataset }, objects, log }));
  assert.deepEqual(warnings, ["a clip of 'test' is also in 'train': row 0 of test is row 1 of train (1)"]);
});

const string = { _type: 'Value', dtype: 'string' } as const;

async function spoken(objects: MemoryObjects, speaker: Features[string] = string) {
  const names = ['ann', 'bob', 'cid'];
  const ids = [0, 1, 2, 0, 1, 2, 0, 0];
  const values = speaker._type === 'ClassLabel' ? ids : ids.map((id) => (speaker === int64 ? id : names[id]));
  return numbered(8, objects, { features: { speaker }, columns: { speaker: values } });
}

test('test_groups names the groups to hold out, and the summary lists them', async () => {
  const objects = new MemoryObjects();
  const classes = { _type: 'ClassLabel', names: ['ann', 'bob', 'cid'] } as const;
  const kinds = [string, int64, classes] as Features[string][];
  for (const kind of kinds) {
    const dataset = await spoken(objects, kind);
    const test_groups = kind === int64 ? [1, '2'] : ['bob', 'cid'];
    const params = { ...defaults, group_by_column: 'speaker', test_groups };
    const { rows } = await splitRows(dataset, { ...params, shuffle: false }, objects);
    assert.deepEqual(rows, { train: [0, 3, 6, 7], test: [1, 2, 4, 5] });
    const shuffled = await splitRows(dataset, params, objects);
    assert.deepEqual([...shuffled.rows.test!].sort(), [1, 2, 4, 5]);
    const { summary } = await split.run(contextOf(params, { inputs: { dataset }, objects }));
    assert.match(
      summary!,
      kind === int64 ? /test 4 \(speaker [12], [12]\)/ : /test 4 \(speaker (bob, cid|cid, bob)\)/,
    );
  }
  const dataset = await spoken(objects);
  const chosen = { ...defaults, group_by_column: 'speaker', test_size: 0.25 };
  const { summary } = await split.run(contextOf(chosen, { inputs: { dataset }, objects }));
  assert.match(summary!, /^train 6, test 2 \(speaker (bob|cid)\)$/);
});

test('unknown groups, all groups, and sizes along with them are refused', async () => {
  const objects = new MemoryObjects();
  const dataset = await spoken(objects);
  const cut = (params: object) => splitRows(dataset, { group_by_column: 'speaker', ...params }, objects);
  await rejects(
    cut({ test_groups: ['bobb', 'toString'] }),
    /no group 'bobb', 'toString'/,
    /one of ann, bob, cid/,
    /'bob'/,
  );
  await rejects(cut({ test_groups: ['ann', 'bob', 'cid'] }), /no group is left for training/);
  const { problems } = await outlineOf(
    split,
    { ...defaults, test_groups: ['ann'], test_size: 2, train_size: 2 },
    dataset,
  );
  assert.deepEqual(
    problems.map(({ param }) => param.join()),
    ['test_size', 'train_size', 'test_groups'],
  );
});

test('classes that only one part has are reported', async () => {
  const objects = new MemoryObjects();
  const features: Features = { label: { _type: 'ClassLabel', names: ['a', 'b', 'c'] } };
  const dataset = await numbered(8, objects, { features, columns: { label: [0, 0, 1, 1, 0, 0, 2, 2] } });
  const warnings: string[] = [];
  const log = (_: string, text: string) => void warnings.push(text);
  const params = { ...defaults, shuffle: false, test_size: 4 };
  await split.run(contextOf(params, { inputs: { dataset }, objects, log }));
  assert.deepEqual(warnings, [
    "split 'test' has rows of class 'c', but split 'train' has none",
    "split 'train' has rows of class 'b', but split 'test' has none",
  ]);
});

test('a fold is the test part, all other rows are for training, in their order', async () => {
  const objects = new MemoryObjects();
  const dataset = await numbered(10, objects);
  const tested: number[] = [];
  for (const fold of [0, 1, 2]) {
    const { rows } = await splitRows(dataset, { folds: 3, fold, seed: 1 }, objects);
    assert.deepEqual(
      rows.train,
      [...rows.train!].sort((a, b) => a - b),
    );
    assert.deepEqual(
      [...rows.train!, ...rows.test!].sort((a, b) => a - b),
      Array.from({ length: 10 }, (_, i) => i),
    );
    tested.push(...rows.test!);
  }
  assert.equal(new Set(tested).size, 10);
  const inOrder = await splitRows(dataset, { folds: 3, fold: 1, shuffle: false }, objects);
  assert.deepEqual(inOrder.rows.test, [4, 5, 6]);
});

test('folds keep groups together, or the shares of the classes', async () => {
  const objects = new MemoryObjects();
  const features: Features = {
    speaker: { _type: 'Value', dtype: 'string' },
    label: { _type: 'ClassLabel', names: ['a', 'b'] },
  };
  const columns = {
    speaker: Array.from('annbobcyd', (_, i) => 'abc'[Math.floor(i / 3)]),
    label: [0, 0, 0, 0, 0, 0, 1, 1, 1],
  };
  const dataset = await numbered(9, objects, { features, columns });
  const grouped = await splitRows(dataset, { folds: 3, fold: 2, group_by_column: 'speaker' }, objects);
  assert.equal(new Set(grouped.rows.test!.map((row) => columns.speaker[row])).size, 1);
  assert.equal(grouped.rows.test!.length, 3);
  const stratify = { folds: 3, fold: 0, stratify_by_column: 'label', shuffle: false };
  const { rows } = await splitRows(dataset, stratify, objects);
  assert.deepEqual(rows.test, [0, 1, 6]);
});

test('mistakes with folds are reported before anything runs, and sizes are known', async () => {
  const dataset = await numbered(11, new MemoryObjects());
  const of = async (params: object) => {
    const { problems, outline } = await outlineOf(split, { ...defaults, ...params }, dataset);
    return problems.length > 0
      ? problems.map(({ param, message }) => `${param.join('.')}: ${message}`)
      : (outline as { splits: object }).splits;
  };
  assert.deepEqual(await of({ folds: 4, fold: 2 }), { train: 8, test: 3 });
  assert.deepEqual(await of({ folds: 4, fold: 3 }), { train: 9, test: 2 });
  assert.deepEqual(await of({ folds: 4 }), ['folds: folds needs to know which of them is the test part']);
  assert.deepEqual(await of({ fold: 4 }), ['fold: fold needs to know how many there are']);
  assert.deepEqual(await of({ folds: 4, fold: 4, test_size: 0.2, seed: 2 ** 32 }), [
    'fold: no such fold',
    'test_size: folds already determines the two parts',
    "seed: the seed is too large for scikit-learn's folds",
  ]);
  assert.deepEqual(await of({ folds: 12, fold: 0 }), ['folds: there are more folds than rows']);
});
