import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  DateDay,
  Field,
  FixedSizeBinary,
  Float16,
  Int16,
  List,
  Null,
  Struct,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { openArrow } from '../../../../src/learning/data/read/arrow.js';
import { EtudeError } from '../../../../src/util/errors.js';
import { addFiles, folderOf, tinyWav } from '../../../support/audio-files.js';
import { columnOf, failureOf, loadIn } from '../../../support/load.js';
import { savedFixture, savedRows } from '../../../support/saved.js';

const dict = join(savedFixture, 'dict');

function copyOf(t: Parameters<typeof folderOf>[0], name = 'dict'): string {
  const dir = folderOf(t, {});
  cpSync(join(savedFixture, name), join(dir, 'saved'), { recursive: true });
  return dir;
}

test('a DatasetDict written by save_to_disk is read with its splits, features and rows', async () => {
  const loaded = await loadIn(savedFixture, { path: 'dict' });
  assert.deepEqual(Object.keys(loaded.rows), ['train', 'test']);
  assert.deepEqual(loaded.artifact.features.audio, {
    _type: 'Audio',
    sampling_rate: 8000,
    storage: 'encoded',
  });
  assert.deepEqual(loaded.artifact.features.label, { _type: 'ClassLabel', names: ['no', 'yes', 'ä'] });
  assert.deepEqual(loaded.artifact.features.long, { _type: 'Value', dtype: 'string' });
  for (const [split, rows] of Object.entries(savedRows())) assert.deepEqual(loaded.rows[split], rows);
  assert.deepEqual(loaded.sources.path, [
    'dataset_dict.json',
    ...['train', 'test'].flatMap((split) => [`${split}/state.json`, `${split}/dataset_info.json`]),
    'train/data-00000-of-00002.arrow',
    'train/data-00001-of-00002.arrow',
    'test/data-00000-of-00001.arrow',
  ]);
});

test('a single Dataset is one split, under its original name', async () => {
  const { rows } = await loadIn(savedFixture, { path: 'single' });
  const expected = savedRows().train!.slice(0, 3);
  assert.deepEqual(
    rows.validation,
    expected.map(({ text, label }) => ({ text, label })),
  );
});

test('columns, split expressions and a label column work as for Parquet', async () => {
  const params = {
    path: 'dict',
    columns: ['text', 'small'],
    split: 'train[3:7]',
    label_column_name: 'small',
  };
  const loaded = await loadIn(savedFixture, params);
  assert.deepEqual(columnOf(loaded, 'text'), [
    null,
    'clip number 4 – ä',
    'clip number 5 – ä',
    'clip number 6 – ä',
  ]);
  assert.deepEqual(columnOf(loaded, 'small'), [0, 4, 5, 6]);
  assert.ok(!loaded.sources.path!.some((name) => name.endsWith('.arrow') && name.startsWith('test')));
  assert.match(await failureOf(savedFixture, { path: 'dict', name: 'x' }), /written by save_to_disk/);
  assert.match(await failureOf(savedFixture, { path: 'dict', split: 'dev' }), /no split 'dev'/);
});

test('without features in its JSON, a shard is read by its own metadata, and otherwise by its types', async (t) => {
  const dir = copyOf(t, 'single');
  writeFileSync(join(dir, 'saved/dataset_info.json'), '{"features": null}');
  assert.deepEqual((await loadIn(dir, { path: 'saved' })).artifact.features.label, {
    _type: 'ClassLabel',
    names: ['no', 'yes', 'ä'],
  });
  const shard = join(dir, 'saved/data-00000-of-00001.arrow');
  writeFileSync(
    shard,
    Buffer.from(readFileSync(shard).toString('latin1').replace('huggingface', 'huggingfoce'), 'latin1'),
  );
  assert.deepEqual((await loadIn(dir, { path: 'saved' })).artifact.features, {
    text: { _type: 'Value', dtype: 'string' },
    label: { _type: 'Value', dtype: 'int64' },
  });
});

test('features that the file does not have are refused', async (t) => {
  const dir = copyOf(t, 'single');
  const info = (features: object) =>
    addFiles(dir, { 'saved/dataset_info.json': JSON.stringify({ features }) });
  info({ text: { dtype: 'float32', _type: 'Value' } });
  assert.match(await failureOf(dir, { path: 'saved' }), /'text' does not match[\s\S]*float32[\s\S]*string/);
  info({ gone: { dtype: 'float32', _type: 'Value' } });
  assert.match(await failureOf(dir, { path: 'saved' }), /'gone' is in the features, but not in the file/);
});

test('a shard may be a link, as DVC creates them', async (t) => {
  const dir = copyOf(t);
  const shard = 'saved/test/data-00000-of-00001.arrow';
  const rows = (await loadIn(dir, { path: 'saved' })).rows;
  cpSync(join(dir, shard), join(dir, 'store/abc'));
  rmSync(join(dir, shard));
  symlinkSync('../../store/abc', join(dir, shard));
  assert.deepEqual((await loadIn(dir, { path: 'saved' })).rows, rows);
});

test('JSON that names files elsewhere is refused, and nothing there is read', async (t) => {
  const dir = copyOf(t);
  addFiles(dir, {
    'secret.arrow': readFileSync(join(dict, 'test/data-00000-of-00001.arrow')),
    'x.wav': tinyWav(1),
  });
  const failure = () => failureOf(dir, { path: 'saved' });
  for (const filename of ['../../secret.arrow', `${dir}/secret.arrow`, '..', '.', '', 'a\\b', 7, null]) {
    addFiles(dir, { 'saved/test/state.json': JSON.stringify({ _data_files: [{ filename }] }) });
    assert.match(await failure(), /^saved\/test\/state\.json: a listed data file is outside the folder/);
  }
  addFiles(dir, { 'saved/test/state.json': '{"_data_files": [{"filename": "gone.arrow"}]}' });
  assert.match(await failure(), /no such file: 'saved\/test\/gone\.arrow'/);
  for (const split of ['..', '../saved/test', '/etc', 'a/b', '', 3]) {
    addFiles(dir, { 'saved/dataset_dict.json': JSON.stringify({ splits: [split] }) });
    assert.match(await failure(), /^saved\/dataset_dict\.json: not a valid split name/);
  }
  addFiles(dir, { 'saved/dataset_dict.json': '{"splits": []}' });
  assert.match(await failure(), /list of splits is invalid/);
  addFiles(dir, { 'saved/dataset_dict.json': '[' });
  assert.match(await failure(), /^saved\/dataset_dict\.json: invalid JSON/);
});

test('a shard that is truncated, of another format or missing is named', async (t) => {
  const dir = copyOf(t, 'single');
  const path = join(dir, 'saved/data-00000-of-00001.arrow');
  const whole = readFileSync(path);
  for (const bytes of [
    whole.subarray(0, -8),
    whole.subarray(0, whole.length / 2),
    whole.subarray(0, 5),
    Buffer.from('ARROW1..no stream'),
  ]) {
    writeFileSync(path, bytes);
    assert.match(
      await failureOf(dir, { path: 'saved' }),
      /^saved\/data-00000-of-00001\.arrow: not a complete Arrow file/,
    );
  }
  rmSync(path);
  assert.match(await failureOf(dir, { path: 'saved' }), /no such file/);
});

test('absurd lengths and offsets anywhere in a shard are refused or harmless', async (t) => {
  const dir = copyOf(t);
  const name = 'saved/test/data-00000-of-00001.arrow';
  const path = join(dir, name);
  const whole = readFileSync(path);
  const refusals = new Set<string>();
  const step = { [String(2n ** 40n)]: 16, [String(2n ** 31n - 1n)]: 20, '-1': 60 };
  for (const [absurd, every] of Object.entries(step)) {
    for (let at = 0; at + 8 <= whole.length; at += every) {
      const bytes = Buffer.from(whole);
      bytes.writeBigInt64LE(BigInt(absurd), at);
      writeFileSync(path, bytes);
      try {
        const table = await openArrow({ name, path, shown: name });
        for await (const { values } of table.rows(0, table.num_rows)) assert.ok(values);
      } catch (error) {
        assert.ok(error instanceof EtudeError, `byte ${at}: ${(error as Error).stack}`);
        refusals.add(error.got ?? error.message);
      }
    }
  }
  assert.ok(refusals.size > 50, `${refusals.size}`);
});

test('columns of unsupported types are skipped if only others are requested', async (t) => {
  const columns = {
    nothing: vectorFromArray([null, null], new Null()),
    when: vectorFromArray([new Date(1), new Date(2)], new TimestampMillisecond()),
    day: vectorFromArray([new Date(1), null], new DateDay()),
    key: vectorFromArray([Uint8Array.of(1, 2), Uint8Array.of(3, 4)], new FixedSizeBinary(2)),
    pair: vectorFromArray(
      [{ a: 1, b: 'x' }, null],
      new Struct<{ a: Int16; b: Utf8 }>([
        new Field('a', new Int16(), true),
        new Field('b', new Utf8(), true),
      ]),
    ),
    half: vectorFromArray([0.5, 1], new Float16()),
    text: vectorFromArray(['ä', null], new Utf8()),
    rows: vectorFromArray([[1], [2, 3]], new List(new Field('item', new Int16(), true))),
  };
  const dir = folderOf(t, {
    'saved/data.arrow': tableToIPC(new Table(columns), 'stream'),
    'saved/state.json': '{"_data_files": [{"filename": "data.arrow"}]}',
    'saved/dataset_info.json': '{}',
  });
  for (const name of Object.keys(columns).slice(0, -2)) {
    assert.match(
      await failureOf(dir, { path: 'saved', columns: [name] }),
      new RegExp(`column '${name}' has a type that is not supported[\\s\\S]*'columns'`),
    );
  }
  const loaded = await loadIn(dir, { path: 'saved', columns: ['text', 'rows'] });
  assert.deepEqual(loaded.artifact.features, {
    text: { _type: 'Value', dtype: 'string' },
    rows: { _type: 'List', feature: { _type: 'Value', dtype: 'int16' } },
  });
  assert.deepEqual(loaded.rows.train, [
    { text: 'ä', rows: [1] },
    { text: null, rows: [2, 3] },
  ]);
});
