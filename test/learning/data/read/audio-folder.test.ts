import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { EncodedAudio } from '../../../../src/learning/data/column.js';
import load from '../../../../stages/load.js';
import { addFiles, folderOf, tinyWav } from '../../../support/audio-files.js';
import { columnOf, failureOf, loadIn } from '../../../support/load.js';
import { outlineOf, placeAt } from '../../../support/stage.js';

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

test('labels exist only where folders name them, unless drop_labels says otherwise', async (t) => {
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

test('splits come from folders, and share one set of labels', async (t) => {
  const dir = folderOf(t, clips('train/no/1.wav', 'train/yes/1.wav', 'test/yes/9.wav', 'elsewhere/no/1.wav'));
  const loaded = await loadIn(dir, { path: '.' });
  assert.deepEqual(columnOf(loaded, 'label', 'train'), [0, 1]);
  assert.deepEqual(columnOf(loaded, 'label', 'test'), [1]);
  assert.equal(loaded.warnings.length, 2);
  assert.match(loaded.warnings[0]!, /1 of 4 files/);
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

test('an audio file that is missing or outside the folder is named with file and row', async (t) => {
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
  assert.match(await failure('../out.wav'), /^d\/metadata\.csv:3 row 1: .*points outside the data folder/);
  assert.match(await failure('/etc/hostname'), /row 1: .*points outside the data folder/);
  assert.match(await failure('https://a.b/c.wav'), /row 1: an audio file is given as a URL/);
});

test('links that lead nowhere are named, and the rest is loaded', async (t) => {
  const dir = folderOf(t, { 'a/1.wav': tinyWav(0), 'b/2.wav': tinyWav(1), 'notes/x.txt': '' });
  const lead = (name: string) => symlinkSync('/nowhere/at/all', join(dir, name));
  for (const name of ['b/3.wav', 'b/4.m4a', 'a/notes.txt']) lead(name);
  const named = '2 names are not files and are left out (broken links, pipes or devices): b/3.wav, b/4.m4a. ';
  for (const params of [{}, { data_files: '[ab]/[1-4]*' }]) {
    const { artifact, warnings } = await loadIn(dir, { path: '.', ...params });
    assert.equal(artifact.splits.train?.num_rows, 2);
    assert.ok(
      warnings?.some((warning) => warning.startsWith(named)),
      warnings?.join(),
    );
  }
  lead('a/5.wav');
  const one = await loadIn(dir, { path: 'audiofolder', data_files: 'a/*.wav' });
  assert.ok(one.warnings?.some((warning) => warning.startsWith('1 name is not a file and is left out')));
  const none = folderOf(t, { 'notes.txt': '' });
  symlinkSync('/nowhere/at/all', join(none, '1.wav'));
  for (const params of [{}, { data_files: '*.wav' }])
    assert.match(
      await failureOf(none, { path: '.', ...params }),
      /^no (data in|file matches) [\s\S]*1 name is not a file/,
    );
});

test('files that cannot be decoded are reported on loading, with how to convert them, and the rest is loaded', async (t) => {
  const m4a = Buffer.from('....ftypM4A and more');
  const dir = folderOf(t, {
    'a/1.wav': tinyWav(0),
    'a/2.wav': '',
    'b/3.wav': '<html>404 not found</html>',
    'b/4.wav': 'version https://git-lfs.github.com/spec/v1\noid sha256:00',
    'b/9.wav': m4a,
    'b/10.m4a': m4a,
    'b/11.AMR': '#!AMR',
  });
  for (const n of [5, 6, 7, 8])
    writeFileSync(join(dir, `b/${n}.webm`), Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3, 0));
  const { artifact, warnings } = await loadIn(dir, { path: '.' });
  assert.equal(artifact.splits.train?.num_rows, 9);
  assert.deepEqual(warnings, [
    '2 files are left out, in an unsupported format: b/10.m4a, b/11.AMR. Convert it: ffmpeg -i FILE FILE.wav',
    '1 clip is empty: a/2.wav',
    "1 clip is not audio (starts with '<html>404 no…'): b/3.wav",
    '1 clip is Git LFS pointers, not audio: b/4.wav. Fetch the files: git lfs pull',
    '4 clips are in an unsupported format, WebM or Matroska: b/5.webm, b/6.webm, b/7.webm and 1 more. Convert it: ffmpeg -i FILE FILE.wav',
    '1 clip is in an unsupported format, MPEG-4 (M4A, MP4): b/9.wav. Convert it: ffmpeg -i FILE FILE.wav',
  ]);
  const none = folderOf(t, { 'a/1.wav': m4a, 'b/2.wav': '' });
  assert.match(
    await failureOf(none, { path: '.' }),
    /^no clip can be decoded: .*MPEG-4.*ffmpeg.*; 1 clip is empty: b\/2.wav/,
  );
  const phone = folderOf(t, { 'a/1.m4a': m4a, 'b/2.m4a': m4a });
  assert.match(await failureOf(phone, { path: '.' }), /no data in '.'[\s\S]*ffmpeg -i FILE FILE.wav/);
});

test('metadata without file_name, or of mixed kinds, is refused', async (t) => {
  const dir = folderOf(t, { 'metadata.csv': 'name\na.wav\n', 'a.wav': tinyWav(0) });
  assert.match(
    await failureOf(dir, { path: '.' }),
    /metadata\.csv: metadata without audio files[\s\S]*'file_name'/,
  );
  const mixed = folderOf(t, {
    'metadata.csv': 'file_name\na.wav\n',
    'x/metadata.jsonl': '{"file_name":"a.wav"}',
    'a.wav': tinyWav(0),
  });
  assert.match(await failureOf(mixed, { path: '.' }), /cannot be combined/);
});

test('linked folders are followed, but not in cycles', async (t) => {
  const dir = folderOf(t, clips('a/1.wav', 'b/2.wav'));
  symlinkSync(dir, join(dir, 'b', 'loop'));
  symlinkSync(join(dir, 'a'), join(dir, 'c'));
  const loaded = await loadIn(dir, { path: '.' });
  assert.deepEqual(paths(columnOf(loaded, 'audio')), ['a/1.wav', 'b/2.wav', 'c/1.wav']);
});

test('metadata.parquet is read like metadata.csv, with its own types', async (t) => {
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

test('links in the folder are followed wherever they lead; a path in a row may not leave the folder', async (t) => {
  const dir = folderOf(t, {
    'd/metadata.csv': 'file_name,label\nx/1.wav,yes\nx/2.wav,no\n3.wav,no\n',
    'store/1.wav': tinyWav(0),
    'store/2.wav': tinyWav(1),
    blob: tinyWav(2),
  });
  symlinkSync('../store', join(dir, 'd/x'));
  symlinkSync(join(dir, 'blob'), join(dir, 'd/3.wav'));
  const loaded = await loadIn(dir, { path: 'd' });
  assert.deepEqual(paths(columnOf(loaded, 'audio')), ['x/1.wav', 'x/2.wav', '3.wav']);
  assert.deepEqual(columnOf(loaded, 'label'), [1, 0, 0]);
  for (const name of [
    '../store/1.wav',
    'x/../../store/1.wav',
    `${dir}/blob`,
    '..\\blob',
    'x\\..\\..\\blob',
  ]) {
    addFiles(dir, { 'd/metadata.csv': `file_name\n${name}\n` });
    // With a backslash it is first of all an odd file name in the folder.
    const refusal = name.includes('\\') ? /row 0: an audio file is missing/ : /row 0: .*points outside/;
    assert.match(await failureOf(dir, { path: 'd' }), refusal, name);
  }
});

test('folders in a path may be separated by backslashes', async (t) => {
  const dir = folderOf(t, {
    'metadata.csv': 'file_name\na\\b\\1.wav\n.\\2.wav\nodd\\name.wav\n',
    ...clips('a/b/1.wav', '2.wav', 'odd\\name.wav'),
  });
  const loaded = await loadIn(dir, { path: '.' });
  assert.deepEqual(paths(columnOf(loaded, 'audio')), ['a/b/1.wav', '2.wav', 'odd\\name.wav']);
});

test('data_root lets rows name audio elsewhere, but nowhere beyond it', async (t) => {
  const dir = folderOf(t, {
    'd/metadata.csv': 'file_name\n../clips/1.wav\nsub/2.wav\n',
    'clips/1.wav': tinyWav(0),
    'clips/sub/2.wav': tinyWav(1),
    'secret.wav': tinyWav(2),
  });
  const refused = await outlineOf(load, { path: 'd' }, undefined, placeAt(dir));
  assert.deepEqual(refused.problems[0]?.param, ['path']);
  assert.match(refused.problems[0]!.message, /\n {2}d\/metadata\.csv:2 row 0: .*points outside/);
  assert.match(refused.problems[0]!.hint!, /data_root/);
  const params = { path: 'd', data_root: 'clips' };
  const loaded = await loadIn(dir, params);
  assert.deepEqual(paths(columnOf(loaded, 'audio')), ['1.wav', 'sub/2.wav']);
  assert.deepEqual(loaded.sources, { path: ['metadata.csv', '1.wav', 'sub/2.wav'], data_root: [] });
  addFiles(dir, { 'x.csv': `audio,label\n${dir}/clips/1.wav,a\n` });
  assert.deepEqual(paths(columnOf(await loadIn(dir, { ...params, path: 'x.csv' }), 'audio')), ['1.wav']);
  for (const name of ['../secret.wav', `${dir}/secret.wav`, 'sub/../../secret.wav', '/etc/hostname']) {
    addFiles(dir, { 'd/metadata.csv': `file_name\n${name}\n` });
    assert.match(await failureOf(dir, params), /row 0: .*points outside[\s\S]*inside data_root/, name);
  }
  addFiles(dir, { 'd/metadata.csv': 'file_name\n3.wav\n', 'd/3.wav': tinyWav(3) });
  assert.match(await failureOf(dir, params), /is missing[\s\S]*a file in data_root/);
  const alone = await failureOf(dir, { path: 'clips', data_root: 'd' });
  assert.match(alone, /data_root is for audio files that a table names[\s\S]*without a metadata file/);
  assert.match(await failureOf(dir, { path: 'd', data_root: 'gone' }), /no such folder: 'gone'/);
});

test('why there are no labels is reported before anything runs, and when it runs', async (t) => {
  const loaded = async (names: string[], params = {}) => {
    const dir = folderOf(t, clips(...names));
    const { warnings } = await outlineOf(load, { path: '.', ...params }, undefined, placeAt(dir));
    const loaded = await loadIn(dir, { path: '.', ...params });
    assert.deepEqual(loaded.warnings.slice(0, warnings.length), warnings);
    return { columns: Object.keys(loaded.artifact.features), text: warnings.join('\n') };
  };
  const splits = await loaded(['train/dog-1.wav', 'test/dog-2.wav', 'validation/dog-3.wav']);
  assert.deepEqual(splits.columns, ['audio']);
  assert.match(splits.text, /no labels: the folders 'test', 'train', 'validation' are splits/);
  assert.match((await loaded(['my-training/1.wav', 'eval_2/2.wav'])).text, /no labels: .* are splits/);
  const asked = await loaded(['train/1.wav', 'test/2.wav'], { drop_labels: false });
  assert.deepEqual(asked.columns, ['audio', 'label']);
  assert.match(asked.text, /the classes are the split folders: 'test', 'train'/);
  const named = { data_files: { a: 'a/*.wav', b: 'b/*.wav' } };
  assert.match((await loaded(['a/1.wav', 'b/2.wav'], named)).text, /no labels: .* are splits/);

  const taken = await loaded(['dog/1.wav', 'dog/2.wav', 'train/1.wav', 'rain/1.wav']);
  assert.deepEqual(taken.columns, ['audio']);
  assert.match(
    taken.text,
    /^3 of 4 files .* dog\/1\.wav for example: 'train\/1\.wav' was assigned to split 'train'/,
  );
  const all = await loaded(['dog/1.wav', 'train/1.wav', 'rain/1.wav'], { data_files: '**/*.wav' });
  assert.deepEqual(all, { columns: ['audio', 'label'], text: '' });

  assert.match(
    (await loaded(['a/1.wav', 'b/c/2.wav'])).text,
    /different depths, such as a\/1\.wav and b\/c\/2\.wav/,
  );
  // A backslash separates folders for Hugging Face, too, wherever it is.
  if (sep === '/')
    assert.match(
      (await loaded(['a/1.wav', 'b\\c/2.wav'])).text,
      /different depths, such as a\/1\.wav and b\\c\/2\.wav/,
    );
  assert.match((await loaded(['dog/1.wav', 'dog/2.wav'])).text, /all audio files are in one folder, 'dog'/);
  assert.equal((await loaded(['dog/1.wav'], { drop_labels: true })).text, '');
  assert.equal((await loaded(['1.wav', '2.wav'])).text, '');
  assert.equal((await loaded(['train/a/1.wav', 'train/b/2.wav', 'test/a/3.wav', 'test/b/4.wav'])).text, '');
});

test('classes and files are sorted by code points, as in Python', async (t) => {
  const dir = folderOf(t, clips('b/2.wav', '～/1.wav', '😀/1.wav', 'b/～.wav', 'b/😀.wav', 'b/\ud7ff.wav'));
  const loaded = await loadIn(dir, { path: '.' });
  assert.deepEqual(loaded.artifact.features.label, { _type: 'ClassLabel', names: ['b', '～', '😀'] });
  assert.deepEqual(paths(columnOf(loaded, 'audio')).slice(0, 4), [
    'b/2.wav',
    'b/\ud7ff.wav',
    'b/～.wav',
    'b/😀.wav',
  ]);
  const table = folderOf(t, { 'x.csv': 'label\n😀\nb\n～\n' });
  const fromTable = await loadIn(table, { path: 'x.csv' });
  assert.deepEqual(fromTable.artifact.features.label, loaded.artifact.features.label);
});

test("a folder's metadata names what is below it", async (t) => {
  const dir = folderOf(t, {
    'train/metadata.csv': 'file_name\n../test/1.wav\n',
    'test/metadata.csv': 'file_name\n1.wav\n',
    'test/1.wav': tinyWav(0),
  });
  assert.match(
    await failureOf(dir, { path: '.' }),
    /^train\/metadata\.csv:2 row 0: .*points outside[\s\S]*inside the metadata file's folder/,
  );
});

test('archives are not opened, which is said if there is nothing else', async (t) => {
  const dir = folderOf(t, { 'd/train.zip': 'PK' });
  assert.match(await failureOf(dir, { path: 'd' }), /no data in 'd'[\s\S]*unpack train\.zip first/);
});
