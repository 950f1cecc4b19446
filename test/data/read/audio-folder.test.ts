import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { EncodedAudio } from '../../../src/data/column.js';
import { addFiles, folderOf, tinyWav } from '../../support/audio-files.js';
import { columnOf, failureOf, loadIn } from '../../support/load.js';

const clips = (...names: string[]) => Object.fromEntries(names.map((name, i) => [name, tinyWav(i)]));
const paths = (values: unknown[]) => values.map((value) => (value as EncodedAudio).path);

test('labels are the sorted names of the parent folders, rows the sorted files', async (t) => {
  const dir = folderOf(t, {
    ...clips('yes/b.wav', 'yes/a.WAV', 'no/c.flac', 'no/.hidden.wav'),
    'notes.txt': 'x',
  });
  const loaded = await loadIn(dir, { path: '.' });
  assert.deepEqual(loaded.artifact.features, {
    audio: { _type: 'Audio', storage: 'encoded' },
    label: { _type: 'ClassLabel', names: ['no', 'yes'] },
  });
  assert.deepEqual(paths(columnOf(loaded, 'audio')), ['no/c.flac', 'yes/a.WAV', 'yes/b.wav']);
  assert.deepEqual(columnOf(loaded, 'label'), [0, 1, 1]);
  assert.deepEqual(Buffer.from((columnOf(loaded, 'audio')[2] as EncodedAudio).bytes!), tinyWav(0));
});

test('there are labels only where folders tell them, unless drop_labels says otherwise', async (t) => {
  const columns = async (files: Record<string, Uint8Array>, params = {}) =>
    Object.keys((await loadIn(folderOf(t, files), { path: '.', ...params })).artifact.features);
  assert.deepEqual(await columns(clips('a/1.wav', 'a/2.wav')), ['audio']);
  assert.deepEqual(await columns(clips('a/1.wav', 'b/c/2.wav')), ['audio']);
  assert.deepEqual(await columns(clips('a/1.wav', 'b/2.wav'), { drop_labels: true }), ['audio']);
  assert.deepEqual(await columns(clips('a/1.wav', 'a/2.wav'), { drop_labels: false }), ['audio', 'label']);
  assert.deepEqual(await columns(clips('train/a/1.wav', 'train/b/1.wav', 'test/b/1.wav')), [
    'audio',
    'label',
  ]);
});

test('splits come from folders, with the labels of all', async (t) => {
  const dir = folderOf(t, clips('train/no/1.wav', 'train/yes/1.wav', 'test/yes/9.wav', 'elsewhere/no/1.wav'));
  const loaded = await loadIn(dir, { path: '.' });
  assert.deepEqual(columnOf(loaded, 'label', 'train'), [0, 1]);
  assert.deepEqual(columnOf(loaded, 'label', 'test'), [1]);
  assert.deepEqual(loaded.warnings.length, 1);
  assert.match(loaded.warnings[0]!, /1 files/);
});

test('metadata.csv and metadata.jsonl name the rows, their audio and their labels', async (t) => {
  for (const [name, text] of Object.entries({
    'metadata.csv': 'speaker,file_name,label,score\nann,b/2.wav,yes,1\nbob,a/1.wav,no,0.5\n',
    'metadata.jsonl':
      '{"speaker":"ann","file_name":"b/2.wav","label":"yes","score":1}\n\n{"speaker":"bob","file_name":"a/1.wav","label":"no","score":0.5}',
  })) {
    const dir = folderOf(t, { [name]: text, ...clips('a/1.wav', 'b/2.wav', 'unlisted.wav') });
    const loaded = await loadIn(dir, { path: '.' });
    assert.deepEqual(loaded.artifact.features, {
      speaker: { _type: 'Value', dtype: 'string' },
      audio: { _type: 'Audio', storage: 'encoded' },
      label: { _type: 'ClassLabel', names: ['no', 'yes'] },
      score: { _type: 'Value', dtype: 'float64' },
    });
    assert.deepEqual(paths(columnOf(loaded, 'audio')), ['b/2.wav', 'a/1.wav']);
    assert.deepEqual(columnOf(loaded, 'label'), [1, 0]);
    assert.deepEqual(loaded.sources.path, [name, 'b/2.wav', 'a/1.wav']);
    const dropped = await loadIn(dir, { path: '.', drop_metadata: true });
    assert.deepEqual(Object.keys(dropped.artifact.features), ['audio']);
    assert.equal(dropped.rows.train!.length, 3);
  }
});

test('an audio file that is missing, is text, is empty or lies elsewhere is named with file and row', async (t) => {
  const failure = (name: string, files: Record<string, string | Uint8Array> = {}) =>
    failureOf(
      folderOf(t, {
        'd/metadata.csv': `file_name\nok.wav\n${name}\n`,
        'd/ok.wav': tinyWav(0),
        'out.wav': tinyWav(1),
        ...files,
      }),
      {
        path: 'd',
      },
    );
  assert.match(
    await failure('gone.wav'),
    /^d\/metadata\.csv:3 row 1: an audio file is missing[\s\S]*'gone\.wav'/,
  );
  assert.match(await failure('../out.wav'), /^d\/metadata\.csv:3 row 1: .*leads out of the data folder/);
  assert.match(await failure('/etc/hostname'), /row 1: .*leads out of the data folder/);
  assert.match(await failure('https://a.b/c.wav'), /row 1: an audio file is named by a URL/);
  assert.match(
    await failure('text.wav', { 'd/text.wav': 'hello, I am text' }),
    /^d\/metadata\.csv:3 row 1: text in place of audio[\s\S]*hello/,
  );
  assert.match(
    await failure('empty.wav', { 'd/empty.wav': '' }),
    /row 1: no audio[\s\S]*empty file, empty\.wav/,
  );
  const folder = folderOf(t, { 'a/1.wav': tinyWav(0), 'b/2.wav': 'some text' });
  assert.match(await failureOf(folder, { path: '.' }), /^b\/2\.wav: text in place of audio/);
});

test('metadata without file_name, and of mixed kinds, is refused', async (t) => {
  const dir = folderOf(t, { 'metadata.csv': 'name\na.wav\n', 'a.wav': tinyWav(0) });
  assert.match(
    await failureOf(dir, { path: '.' }),
    /metadata\.csv: metadata that names no audio[\s\S]*'file_name'/,
  );
  const mixed = folderOf(t, {
    'metadata.csv': 'file_name\na.wav\n',
    'x/metadata.jsonl': '{"file_name":"a.wav"}',
    'a.wav': tinyWav(0),
  });
  assert.match(await failureOf(mixed, { path: '.' }), /cannot be read/);
});

test('linked folders are followed, but not in circles', async (t) => {
  const dir = folderOf(t, clips('a/1.wav', 'b/2.wav'));
  symlinkSync(dir, join(dir, 'b', 'loop'));
  symlinkSync(join(dir, 'a'), join(dir, 'c'));
  const loaded = await loadIn(dir, { path: '.' });
  assert.deepEqual(paths(columnOf(loaded, 'audio')), ['a/1.wav', 'b/2.wav', 'c/1.wav']);
});

test('metadata.parquet is read as metadata.csv is, its types its own', async (t) => {
  const metadata = parquetWriteBuffer({
    columnData: [
      { name: 'file_name', data: ['b/2.wav', 'a/1.wav'], type: 'STRING' },
      { name: 'n', data: [5n, null], type: 'INT64' },
      { name: 'label', data: ['yes', 'no'], type: 'STRING' },
    ],
  });
  const dir = folderOf(t, { 'metadata.parquet': new Uint8Array(metadata), ...clips('a/1.wav', 'b/2.wav') });
  const loaded = await loadIn(dir, { path: 'audiofolder', data_dir: '.' });
  assert.deepEqual(loaded.artifact.features, {
    audio: { _type: 'Audio', storage: 'encoded' },
    n: { _type: 'Value', dtype: 'int64' },
    label: { _type: 'ClassLabel', names: ['no', 'yes'] },
  });
  assert.deepEqual(paths(columnOf(loaded, 'audio')), ['b/2.wav', 'a/1.wav']);
  assert.deepEqual(
    [columnOf(loaded, 'n'), columnOf(loaded, 'label')],
    [
      [5, null],
      [1, 0],
    ],
  );
});

test('a link that a row names must lead to a file in the data folder, or, in the cache of the Hub, to a blob', async (t) => {
  const dir = folderOf(t, {
    'd/metadata.csv': 'file_name\nx/1.wav\n',
    'd/a/1.wav': tinyWav(0),
    'elsewhere/1.wav': tinyWav(1),
  });
  symlinkSync(join(dir, 'd/a'), join(dir, 'd/x'));
  assert.deepEqual(paths(columnOf(await loadIn(dir, { path: 'd' }), 'audio')), ['x/1.wav']);
  rmSync(join(dir, 'd/x'));
  symlinkSync('../elsewhere', join(dir, 'd/x'));
  assert.match(
    await failureOf(dir, { path: 'd' }),
    /^d\/metadata\.csv:2 row 0: a link to an audio file leads out of the data folder[\s\S]*'x\/1\.wav'/,
  );
  const snapshot = `hub/datasets--a--b/snapshots/${'0a'.repeat(20)}`;
  addFiles(dir, {
    [`${snapshot}/metadata.csv`]: 'file_name\n1.wav\n',
    'hub/datasets--a--b/blobs/abc': tinyWav(2),
  });
  symlinkSync('../../blobs/abc', join(dir, snapshot, '1.wav'));
  assert.equal((await loadIn(dir, { path: snapshot })).rows.train!.length, 1);
});

test('the metadata of a folder names what is below it', async (t) => {
  const dir = folderOf(t, {
    'train/metadata.csv': 'file_name\n../test/1.wav\n',
    'test/metadata.csv': 'file_name\n1.wav\n',
    'test/1.wav': tinyWav(0),
  });
  assert.match(
    await failureOf(dir, { path: '.' }),
    /^train\/metadata\.csv:2 row 0: .*leads out[\s\S]*inside the metadata file's folder/,
  );
});

test('archives are not opened, and told so where there is nothing else', async (t) => {
  const dir = folderOf(t, { 'd/train.zip': 'PK' });
  assert.match(await failureOf(dir, { path: 'd' }), /no data in 'd'[\s\S]*unpack train\.zip first/);
});
