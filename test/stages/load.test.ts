import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LoadParams } from '../../src/stage/params.js';
import { EtudeError } from '../../src/util/errors.js';
import load from '../../stages/load.js';
import { addFiles, folderOf, tinyWav } from '../support/audio-files.js';
import { columnOf, failureOf, loadIn } from '../support/load.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { outlineOf, placeAt } from '../support/stage.js';

const minds = readFileSync(fileURLToPath(new URL('../fixtures/parquet/minds.parquet', import.meta.url)));

const clips = (names: string[]) => Object.fromEntries(names.map((name, i) => [name, tinyWav(i)]));

async function problemsIn(dir: string, params: LoadParams) {
  return (await outlineOf(load, params, undefined, placeAt(dir))).problems;
}

test('what is loaded is the same, chunk for chunk, when it is loaded again', async (t) => {
  const dir = folderOf(t, { 'data/train.parquet': minds });
  const first = await loadIn(dir, { path: 'data' });
  const second = await loadIn(dir, { path: 'data' });
  assert.deepEqual(second.artifact, first.artifact);
  assert.equal(first.summary, '10 clips');
});

test('five clips added to an audio folder of 1,000 leave nearly all chunks unchanged', async (t) => {
  const names = Array.from(
    { length: 1000 },
    (_, i) => `${i % 2 ? 'yes' : 'no'}/${String(i * 37).padStart(6, '0')}.wav`,
  );
  // A chunk has more of the smaller ones.
  const long = (each: string[]) => Object.fromEntries(each.map((name, i) => [name, tinyWav(i, 2100)]));
  const dir = folderOf(t, long(names));
  const objects = new MemoryObjects();
  const before = await loadIn(dir, { path: '.' }, objects);
  assert.equal(before.summary, '1000 clips');
  addFiles(
    dir,
    long(['no/000001.wav', 'no/020000.wav', 'yes/000500.wav', 'yes/017000.wav', 'yes/036999.wav'].reverse()),
  );
  const after = await loadIn(dir, { path: '.' }, objects);
  assert.equal(after.rows.train!.length, 1005);
  const known = new Set(before.artifact.chunks.map((chunk) => JSON.stringify(chunk)));
  const fresh = after.artifact.chunks.filter((chunk) => !known.has(JSON.stringify(chunk)));
  const rows = fresh.reduce((sum, chunk) => sum + chunk.rows, 0);
  assert.ok(fresh.length <= 10 && rows < 330, `${fresh.length} chunks, ${rows} rows`);
});

test('splits come from file names: sharded, by keyword, and by stem along with these', async (t) => {
  const splitsOf = async (files: string[]) => {
    const dir = folderOf(t, Object.fromEntries(files.map((name) => [name, minds])));
    return Object.fromEntries(
      Object.entries((await loadIn(dir, { path: '.' })).rows).map(([name, rows]) => [name, rows.length]),
    );
  };
  assert.deepEqual(
    await splitsOf(['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet']),
    { train: 20 },
  );
  assert.deepEqual(
    await splitsOf([
      'data/unseen_voices-00000-of-00001.parquet',
      'data/test-00000-of-00001.parquet',
      'data/train-00000-of-00001.parquet',
    ]),
    { train: 10, test: 10, unseen_voices: 10 },
  );
  assert.deepEqual(await splitsOf(['unseen_phrasings.parquet', 'train.parquet']), {
    train: 10,
    unseen_phrasings: 10,
  });
  assert.deepEqual(await splitsOf(['my-dev-set.parquet', 'training.parquet']), { train: 10, validation: 10 });
  assert.deepEqual(await splitsOf(['test/0000.parquet', 'train/0000.parquet']), { train: 10, test: 10 });
  assert.deepEqual(await splitsOf(['a.parquet', 'b.parquet']), { train: 20 });
});

test('a split expression reads only its own rows, and only the files of its split', async (t) => {
  const dir = folderOf(t, {
    'train-00000-of-00002.parquet': minds,
    'train-00001-of-00002.parquet': minds,
    'test.parquet': minds,
    'test-00000-of-00001.parquet': minds,
  });
  const part = await loadIn(dir, { path: '.', split: 'train[5:12]' });
  assert.deepEqual(
    columnOf(part, 'path'),
    [5, 6, 7, 8, 9, 0, 1].map((i) => `en-US/${i}.wav`),
  );
  assert.deepEqual(part.sources.path, ['train-00000-of-00002.parquet', 'train-00001-of-00002.parquet']);
  const both = await loadIn(dir, { path: '.', split: 'train[:10%]+test[-1:]' });
  assert.deepEqual(columnOf(both, 'path', 'train+test'), ['en-US/0.wav', 'en-US/1.wav', 'en-US/9.wav']);
  assert.match(
    await failureOf(dir, { path: '.', split: 'tests' }),
    /no split 'tests'[\s\S]*one of train, test[\s\S]*'test'/,
  );
  assert.match(await failureOf(dir, { path: '.', split: 'train[:0]' }), /split 'train' has no rows/);
});

test('data_files names files by split, in any order, and the fingerprint distinguishes them', async (t) => {
  const dir = folderOf(t, { 'x/a.csv': 'text\na\n', 'x/b.csv': 'text\nb\n' });
  const one = await loadIn(dir, { path: 'csv', data_files: { train: 'x/a.csv', test: ['x/b.csv'] } });
  assert.deepEqual(one.rows, { train: [{ text: 'a' }], test: [{ text: 'b' }] });
  const other = await loadIn(dir, { path: 'csv', data_files: { train: 'x/b.csv', test: 'x/a.csv' } });
  assert.deepEqual(one.sources, { data_files: ['train/a.csv', 'test/b.csv'] });
  assert.deepEqual(other.sources, { data_files: ['train/b.csv', 'test/a.csv'] });
  const all = await loadIn(dir, { path: 'x', data_files: '*.csv' });
  assert.deepEqual(columnOf(all, 'text'), ['a', 'b']);
  assert.deepEqual((await loadIn(dir, { path: 'csv', data_dir: 'x', data_files: 'b.csv' })).rows.train, [
    { text: 'b' },
  ]);
  assert.match(await failureOf(dir, { path: 'csv', data_files: 'x/c.csv' }), /no such file: 'x\/c\.csv'/);
  assert.match(await failureOf(dir, { path: 'csv', data_files: 'x/*.tsv' }), /no file matches 'x\/\*\.tsv'/);
  assert.match(await failureOf(dir, { path: 'csv', data_files: 'https://a.b/c.csv' }), /cannot be fetched/);
  assert.match(await failureOf(dir, { path: 'csv' }), /data_files or data_dir/);
});

test('a configuration comes from the dataset card, or from a folder of that name', async (t) => {
  const card = `---
configs:
- config_name: en-US
  data_files:
  - split: train
    path: en-US/train-*.parquet
  - split: test
    path: [en-US/held-out.parquet]
- config_name: de-DE
  data_dir: de-DE
---
# Minds
`;
  const dir = folderOf(t, {
    'minds/README.md': card,
    'minds/en-US/train-00000-of-00001.parquet': minds,
    'minds/en-US/held-out.parquet': minds,
    'minds/de-DE/train.parquet': minds,
    'plain/fr-FR/train-00000-of-00001.parquet': minds,
  });
  const english = await loadIn(dir, { path: 'minds', name: 'en-US' });
  assert.deepEqual(Object.keys(english.rows), ['train', 'test']);
  assert.deepEqual(english.sources.path, [
    'README.md',
    'en-US/train-00000-of-00001.parquet',
    'en-US/held-out.parquet',
  ]);
  assert.deepEqual(Object.keys((await loadIn(dir, { path: 'minds', name: 'de-DE' })).rows), ['train']);
  assert.deepEqual(Object.keys((await loadIn(dir, { path: 'plain', name: 'fr-FR' })).rows), ['train']);
  assert.match(
    await failureOf(dir, { path: 'minds', name: 'en_US' }),
    /no configuration 'en_US'[\s\S]*en-US, de-DE[\s\S]*'en-US'/,
  );
  assert.match(await failureOf(dir, { path: 'minds' }), /several configurations[\s\S]*en-US, de-DE/);
});

test('a path that does not exist here is looked up on the Hub if it can be a name there', async (t) => {
  const dir = folderOf(t, { 'a.txt': 'x' });
  assert.match(await failureOf(dir, { path: 'PolyAI/minds14' }), /no dataset 'PolyAI\/minds14' on the Hub/);
  assert.doesNotMatch(await failureOf(dir, { path: './data' }), /Hub/);
  assert.match(await failureOf(dir, { path: 'a.txt' }), /'a\.txt' is not a dataset/);
  assert.match(await failureOf(dir, { path: '.' }), /no data in '\.'/);
  assert.match(await failureOf(dir, { path: '.', revision: 'main' }), /revision/);
});

test('the outline has features and splits, or the problem at its parameter, without reading rows', async (t) => {
  const dir = folderOf(t, { 'data/train.parquet': minds, 'data/test.parquet': minds });
  const { outline, problems } = await outlineOf(
    load,
    { path: 'data', split: 'train[:3]' },
    undefined,
    placeAt(dir),
  );
  assert.deepEqual(problems, []);
  assert.ok(outline?.kind === 'dataset');
  assert.deepEqual(outline.splits, { train: 3 });
  assert.deepEqual(outline.features.intent_class, {
    _type: 'ClassLabel',
    names: ['abroad', 'address', 'app_error'],
  });

  const problem = async (params: LoadParams) =>
    (await problemsIn(dir, params)).map(({ param, suggestion }) => [param[0], suggestion]);
  assert.deepEqual(await problem({ path: 'nowhere' }), [['path', undefined]]);
  assert.deepEqual(await problem({ path: 'data', split: 'trains' }), [['split', 'train']]);
  assert.deepEqual(await problem({ path: 'data', columns: ['audios'] }), [['columns', 'audio']]);
  assert.deepEqual(await problem({ path: 'data', name: 'en' }), [['name', undefined]]);
  assert.deepEqual(await problem({ path: 'data', label_column_name: 'intent' }), [
    ['label_column_name', 'intent_class'],
  ]);
});

test('problems inside a file are left to sources, so that they block only their own stage', async (t) => {
  const dir = folderOf(t, {
    'cut.parquet': minds.subarray(0, 5000),
    'metadata.csv': 'file_name\ngone.wav\n',
    'a.wav': tinyWav(0),
  });
  for (const params of [{ path: 'cut.parquet' }, { path: 'audiofolder', data_dir: '.' }]) {
    const { outline, problems } = await outlineOf(load, params, undefined, placeAt(dir));
    assert.deepEqual([outline, problems], [undefined, []]);
    await assert.rejects(load.sources!(params, placeAt(dir)), EtudeError);
  }
});

test('a file without rows is named, rather than read as a dataset without columns', async (t) => {
  const dir = folderOf(t, { 'd.csv': 'audio,label\n' });
  const { outline, problems } = await outlineOf(load, { path: 'd.csv' }, undefined, placeAt(dir));
  assert.deepEqual([outline, problems], [undefined, []]);
  assert.match(await failureOf(dir, { path: 'd.csv' }), /^d\.csv: split 'train' has no rows/);
});

test('an unsuitable label column is a problem of label_column_name', async (t) => {
  const dir = folderOf(t, { 'd.csv': 'text,label\na,0\nb,1.5\n' });
  const params = { path: 'd.csv', label_column_name: 'label' };
  const { problems } = await outlineOf(load, params, undefined, placeAt(dir));
  assert.deepEqual(
    problems.map(({ param, message, got }) => [...param, message, got]),
    [['label_column_name', "column 'label' cannot be a label", 'float64']],
  );
});

test('a file that appears between plan and run is not mistaken for what was planned', async (t: TestContext) => {
  const dir = folderOf(t, clips(['a/1.wav', 'b/2.wav']));
  const place = placeAt(dir);
  const { contextOf, sourcesOf } = await import('../support/stage.js');
  const sources = await sourcesOf(load, { path: '.' }, place);
  addFiles(dir, clips(['b/3.wav']));
  await assert.rejects(
    load.run(contextOf({ path: '.' } as LoadParams, { place, sources })),
    /changed since the run was planned/,
  );
});
