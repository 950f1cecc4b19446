import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EncodedAudio } from '../../../../src/learning/data/column.js';
import { folderOf, tinyWav } from '../../../support/audio-files.js';
import { columnOf, failureOf, loadIn } from '../../../support/load.js';

const value = (dtype: string) => ({ _type: 'Value', dtype });

test('types of CSV columns are inferred from all rows, with missing values as in pandas', async (t) => {
  const csv =
    'i,f,b,s,id,empty,late\n1,1,True,x,123456789012345678901,,1\n-2,.5e3,false,NA,2,,2\n,nan,True,"a ""b"", c\nd",3,,three\n';
  const loaded = await loadIn(folderOf(t, { 'x.csv': `\ufeff${csv}` }), { path: 'x.csv' });
  assert.deepEqual(loaded.artifact.features, {
    // One integer is missing, and all of 'empty'.
    i: value('float64'),
    f: value('float64'),
    b: value('bool'),
    s: value('string'),
    id: value('string'),
    empty: value('float64'),
    late: value('string'),
  });
  assert.deepEqual(loaded.rows.train, [
    { i: 1, f: 1, b: true, s: 'x', id: '123456789012345678901', empty: null, late: '1' },
    { i: -2, f: 500, b: false, s: null, id: '2', empty: null, late: '2' },
    { i: null, f: null, b: true, s: 'a "b", c\nd', id: '3', empty: null, late: 'three' },
  ]);
});

test('types of JSON Lines columns are inferred, columns may first appear late, lists stay lists', async (t) => {
  const lines = ['{"n":1,"l":[1,2],"b":true}', '', '{"n":2.5,"l":[],"t":"x"}', '{"l":null,"n":null}'];
  const loaded = await loadIn(folderOf(t, { 'x.jsonl': lines.join('\r\n') }), { path: 'x.jsonl' });
  assert.deepEqual(loaded.artifact.features, {
    n: value('float64'),
    l: { _type: 'List', feature: value('int64') },
    b: value('bool'),
    t: value('string'),
  });
  assert.deepEqual(loaded.rows.train, [
    { n: 1, l: [1, 2], b: true, t: null },
    { n: 2.5, l: [], b: null, t: 'x' },
    { n: null, l: null, b: null, t: null },
  ]);
});

test('a column of audio paths becomes audio, a column of names a label', async (t) => {
  const files = {
    'clips/1.wav': tinyWav(1),
    'clips/2.wav': tinyWav(2),
    'other/train.tsv': 'audio\tlabel\n../clips/2.wav\tyes\n',
  };
  const dir = folderOf(t, {
    ...files,
    'train.csv': 'audio,label,extra\nclips/1.wav,yes,1\nclips/2.wav,no,2\n',
  });
  const loaded = await loadIn(dir, { path: 'train.csv' });
  assert.deepEqual(loaded.artifact.features, {
    audio: { _type: 'Audio', storage: 'encoded' },
    label: { _type: 'ClassLabel', names: ['no', 'yes'] },
    extra: value('int64'),
  });
  assert.deepEqual(columnOf(loaded, 'label'), [1, 0]);
  const clip = columnOf(loaded, 'audio')[1] as EncodedAudio;
  assert.equal(clip.path, 'clips/2.wav');
  assert.deepEqual(Buffer.from(clip.bytes!), tinyWav(2));
  assert.deepEqual(loaded.sources.path, ['train.csv', 'clips/1.wav', 'clips/2.wav']);
  // Audio must be in the dataset's folder, which is the file's own folder unless another one is named.
  assert.match(
    await failureOf(dir, { path: 'other/train.tsv' }),
    /^other\/train\.tsv:2 row 0: .*points outside/,
  );
  const wide = await loadIn(dir, { path: '.', data_files: 'other/train.tsv' });
  assert.equal((columnOf(wide, 'audio')[0] as EncodedAudio).path, 'clips/2.wav');
});

test('audio_column_name and label_column_name name other columns, integers become names', async (t) => {
  const dir = folderOf(t, {
    'x.jsonl': '{"clip":"1.wav","digit":10}\n{"clip":"1.wav","digit":9}\n',
    '1.wav': tinyWav(1),
  });
  const loaded = await loadIn(dir, {
    path: 'x.jsonl',
    audio_column_name: 'clip',
    label_column_name: 'digit',
  });
  assert.deepEqual(loaded.artifact.features.digit, { _type: 'ClassLabel', names: ['10', '9'] });
  assert.deepEqual(columnOf(loaded, 'digit'), [0, 1]);
  assert.equal((columnOf(loaded, 'clip')[0] as EncodedAudio).path, '1.wav');
  assert.match(
    await failureOf(dir, { path: 'x.jsonl', audio_column_name: 'clips' }),
    /no column 'clips'[\s\S]*'clip'/,
  );
});

test('a missing label is named with file and row', async (t) => {
  const dir = folderOf(t, { 'x.csv': 'text,label\na,yes\nb,NaN\n' });
  assert.match(await failureOf(dir, { path: 'x.csv' }), /^x\.csv:3 row 1: no label in column 'label'/);
});

test('a class name that reads as missing is shown as written, with a way out', async (t) => {
  for (const name of ['None', 'NA', 'null', 'nan', 'N/A']) {
    const dir = folderOf(t, {
      'metadata.csv': `file_name,label\n1.wav,speech\n1.wav,${name}\n`,
      '1.wav': tinyWav(1),
    });
    const message = await failureOf(dir, { path: '.' });
    assert.match(message, /^metadata\.csv:3 row 1: no label in column 'label'/);
    assert.ok(message.includes(`'${name}', which is read as missing`), message);
    assert.match(message, /JSON Lines/);
  }
  const lines = { 'x.jsonl': '{"label":"None"}\n{"label":"NA"}\n' };
  const loaded = await loadIn(folderOf(t, lines), { path: 'x.jsonl' });
  assert.deepEqual(columnOf(loaded, 'label'), [1, 0]);
});

test('integers can be labels even if one is missing, and its row is named', async (t) => {
  const dir = folderOf(t, { 'train.csv': 'id\n01\n 2\n', 'test.csv': 'id\n2\n""\n' });
  const params = { path: '.', label_column_name: 'id' };
  assert.match(await failureOf(dir, params), /^test\.csv:3 row 1: no label in column 'id'/);
  const loaded = await loadIn(dir, { ...params, split: 'train' });
  assert.deepEqual(loaded.artifact.features.id, { _type: 'ClassLabel', names: ['1', '2'] });
  assert.deepEqual(columnOf(loaded, 'id'), [0, 1]);
});

test('columns without a name are named as in pandas', async (t) => {
  const columns = async (header: string) => {
    const values = header.split(',').map((_, i) => i);
    const dir = folderOf(t, { 'x.csv': `${header}\n${values.join(',')}\n` });
    return Object.keys((await loadIn(dir, { path: 'x.csv' })).rows.train![0]!);
  };
  assert.deepEqual(await columns(',a'), ['Unnamed: 0', 'a']);
  assert.deepEqual(await columns('a,,b,'), ['a', 'Unnamed: 1', 'b', 'Unnamed: 3']);
  // Written twice by pandas.
  assert.deepEqual(await columns(',Unnamed: 0,a'), ['Unnamed: 0.1', 'Unnamed: 0', 'a']);
  assert.deepEqual(await columns('"",""'), ['Unnamed: 0', 'Unnamed: 1']);
});

test('JSON Lines are read as Python writes them', async (t) => {
  const lines = [
    '{"snr":NaN,"whole":1.0,"l":[1.0,NaN],"e":1e2,"text":"NaN 1.0 \\"Infinity"}',
    '{"snr":-Infinity,"whole":2,"l":[],"e":5,"text":"\\\\"}',
    '{"snr":Infinity,"whole":3,"l":[2],"e":1E0,"text":"1e5"}',
  ];
  const dir = folderOf(t, { 'x.jsonl': `\ufeff${lines.join('\n')}`, 'bad.jsonl': '{"a":NaN,"b":Nan}' });
  const loaded = await loadIn(dir, { path: 'x.jsonl' });
  assert.deepEqual(loaded.artifact.features, {
    snr: value('float64'),
    whole: value('float64'),
    l: { _type: 'List', feature: value('float64') },
    e: value('float64'),
    text: value('string'),
  });
  assert.deepEqual(loaded.rows.train, [
    { snr: Number.NaN, whole: 1, l: [1, Number.NaN], e: 100, text: 'NaN 1.0 "Infinity' },
    { snr: Number.NEGATIVE_INFINITY, whole: 2, l: [], e: 5, text: '\\' },
    { snr: Number.POSITIVE_INFINITY, whole: 3, l: [2], e: 1, text: '1e5' },
  ]);
  assert.match(await failureOf(dir, { path: 'bad.jsonl' }), /^bad\.jsonl:1 row 0: a line is not JSON/);
});

test('columns and splits may be named like properties that every object has', async (t) => {
  const names = ['toString', 'constructor', 'hasOwnProperty', 'valueOf'];
  const dir = folderOf(t, {
    'x.csv': `${names.join(',')}\na,b,c,d\n`,
    'x.jsonl': '{"a":1}\n{"toString":"x"}\n',
  });
  for (const split of [...names, 'isPrototypeOf']) {
    const loaded = await loadIn(dir, {
      path: '.',
      data_files: { [split]: 'x.csv' },
      label_column_name: 'valueOf',
    });
    assert.deepEqual(Object.keys(loaded.rows), [split]);
    assert.deepEqual(loaded.rows[split], [
      { toString: 'a', constructor: 'b', hasOwnProperty: 'c', valueOf: 0 },
    ]);
  }
  const lines = await loadIn(dir, { path: 'x.jsonl' });
  assert.deepEqual(columnOf(lines, 'toString'), [null, 'x']);
});

test('a file in two splits is loaded with a warning', async (t) => {
  const dir = folderOf(t, { 'x.csv': 'a\n1\n', 'y.csv': 'a\n2\n' });
  const data_files = { train: 'x.csv', test: ['x.csv', 'y.csv'] };
  for (const params of [
    { path: '.', data_files },
    { path: 'csv', data_files },
  ]) {
    const loaded = await loadIn(dir, params);
    assert.deepEqual([loaded.rows.train!.length, loaded.rows.test!.length], [1, 2]);
    assert.match(loaded.warnings.join(), /^x\.csv is in several splits, 'train' and 'test': /);
  }
});

test('bad files are named with line and row', async (t) => {
  const dir = folderOf(t, {
    'short.csv': 'a,b\n1,2\n3\n',
    'quote.csv': 'a,b\n1,"2',
    'double.csv': 'a,a\n1,2\n',
    'empty.csv': '',
    'latin.csv': Buffer.from('a\nM\xfcller\n', 'latin1'),
    'bad.jsonl': '{"a":1}\n{"a":\n',
    'array.jsonl': '[1]\n',
    'mixed.jsonl': '{"a":1}\n{"a":"x"}\n',
    'object.jsonl': '{"a":{"b":1}}\n',
    'proto.jsonl': '{"__proto__":1}\n',
  });
  const expected: Record<string, RegExp> = {
    'short.csv': /^short\.csv:3 row 1: .*a different number of values[\s\S]*2 values[\s\S]*got +1/,
    'quote.csv': /^quote\.csv:2: the file is not CSV/,
    'double.csv': /^double\.csv:1: two columns are named 'a'/,
    'empty.csv': /^empty\.csv: the file is empty/,
    'latin.csv': /^latin\.csv: the file is not UTF-8/,
    'bad.jsonl': /^bad\.jsonl:2 row 1: a line is not JSON/,
    'array.jsonl': /^array\.jsonl:1 row 0: a line is not an object/,
    'mixed.jsonl': /^mixed\.jsonl:2 row 1: column 'a' holds values of different types/,
    'object.jsonl': /^object\.jsonl: column 'a'.*not supported/,
    'proto.jsonl': /^proto\.jsonl: a column cannot be named '__proto__'/,
  };
  for (const [path, message] of Object.entries(expected))
    assert.match(await failureOf(dir, { path }), message);
});

test('CSV files of one dataset must have the same columns', async (t) => {
  const dir = folderOf(t, { 'train.csv': 'a,b\n1,2\n', 'test.csv': 'a,c\n1,2\n' });
  assert.match(await failureOf(dir, { path: '.' }), /different columns[\s\S]*a, b[\s\S]*a, c/);
});
