import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { EncodedAudio } from '../../../../src/learning/data/column.js';
import load from '../../../../stages/load.js';
import { folderOf, tinyWav } from '../../../support/audio-files.js';
import { columnOf, failureOf, loadIn } from '../../../support/load.js';
import { outlineOf, placeAt } from '../../../support/stage.js';

const minds = readFileSync(
  fileURLToPath(new URL('../../../fixtures/parquet/minds.parquet', import.meta.url)),
);
const huggingface = (features: object) => [
  { key: 'huggingface', value: JSON.stringify({ info: { features } }) },
];
const label = { label: { names: ['no', 'yes'], _type: 'ClassLabel' } };

function written(
  columnData: Parameters<typeof parquetWriteBuffer>[0]['columnData'],
  features?: object,
  rowGroupSize = 2,
): Uint8Array {
  const kvMetadata = features === undefined ? undefined : huggingface(features);
  return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata, rowGroupSize }));
}

test('a file that Hugging Face datasets wrote is read with its features and values, across row groups', async (t) => {
  const loaded = await loadIn(folderOf(t, { 'train.parquet': minds }), { path: 'train.parquet' });
  assert.deepEqual(loaded.artifact.features, {
    path: { _type: 'Value', dtype: 'string' },
    audio: { _type: 'Audio', sampling_rate: 8000, storage: 'encoded' },
    transcription: { _type: 'Value', dtype: 'string' },
    intent_class: { _type: 'ClassLabel', names: ['abroad', 'address', 'app_error'] },
    lang_id: { _type: 'Value', dtype: 'int64' },
    scores: { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } },
  });
  assert.deepEqual(
    columnOf(loaded, 'path'),
    Array.from({ length: 10 }, (_, i) => `en-US/${i}.wav`),
  );
  assert.deepEqual(
    columnOf(loaded, 'intent_class'),
    Array.from({ length: 10 }, (_, i) => i % 3),
  );
  assert.equal(columnOf(loaded, 'transcription')[3], null);
  assert.equal(columnOf(loaded, 'transcription')[9], 'clip number 9 – ä');
  assert.deepEqual(columnOf(loaded, 'scores')[5], Float32Array.of(2.5, -1));
  const clip = columnOf(loaded, 'audio')[7] as EncodedAudio;
  assert.equal(clip.path, '7.wav');
  assert.equal(clip.bytes?.byteLength, 124);
  assert.equal(Buffer.from(clip.bytes!).readInt16LE(44), 7000 - 15000);
});

test('a file without the metadata of datasets is read by its schema', async (t) => {
  const file = written([
    { name: 'n', data: [1, 2, 3], type: 'INT32' },
    { name: 'big', data: [1n, 2n, 3n], type: 'INT64' },
    { name: 'text', data: ['a', null, 'ä'], type: 'STRING' },
    { name: 'x', data: [0.5, 1, 2], type: 'DOUBLE' },
    { name: 'flag', data: [true, false, null], type: 'BOOLEAN' },
    { name: 'raw', data: [tinyWav(1), tinyWav(2), tinyWav(3)], type: 'BYTE_ARRAY' },
  ]);
  const dir = folderOf(t, { 'x.parquet': file });
  const { rows, artifact } = await loadIn(dir, {
    path: 'x.parquet',
    audio_column_name: 'raw',
    label_column_name: 'n',
  });
  assert.deepEqual(artifact.features, {
    n: { _type: 'ClassLabel', names: ['1', '2', '3'] },
    big: { _type: 'Value', dtype: 'int64' },
    text: { _type: 'Value', dtype: 'string' },
    x: { _type: 'Value', dtype: 'float64' },
    flag: { _type: 'Value', dtype: 'bool' },
    raw: { _type: 'Audio', storage: 'encoded' },
  });
  const raw = { bytes: tinyWav(3), path: null };
  assert.deepEqual(rows.train![2], {
    n: 2,
    big: 3,
    text: 'ä',
    x: 2,
    flag: null,
    raw: { ...raw, bytes: Uint8Array.from(raw.bytes) },
  });
});

test('only the requested columns are read, so that one of an unknown type can be left out', async (t) => {
  const file = written([
    { name: 'text', data: ['a'], type: 'STRING' },
    { name: 'when', data: [new Date(0)], type: 'TIMESTAMP' },
  ]);
  const dir = folderOf(t, { 'x.parquet': file });
  assert.match(
    await failureOf(dir, { path: 'x.parquet' }),
    /x\.parquet: column 'when'[\s\S]*TIMESTAMP[\s\S]*'columns'/,
  );
  assert.deepEqual((await loadIn(dir, { path: 'x.parquet', columns: ['text'] })).rows.train, [{ text: 'a' }]);
});

test('a truncated or corrupt file is named', async (t) => {
  const middle = Buffer.from(minds);
  middle.fill(0xff, 4, 2500);
  const dir = folderOf(t, {
    'cut/train.parquet': minds.subarray(0, minds.length - 900),
    'half/train.parquet': minds.subarray(0, minds.length / 2),
    'empty/train.parquet': new Uint8Array(),
    'text/train.parquet': 'this is not a Parquet file at all',
    'middle/train.parquet': middle,
    'footer/train.parquet': Buffer.concat([
      minds.subarray(0, 5000),
      Buffer.alloc(200, 7),
      minds.subarray(-8),
    ]),
  });
  for (const name of ['cut', 'half', 'empty', 'text']) {
    assert.match(
      await failureOf(dir, { path: name }),
      new RegExp(`^${name}/train.parquet: not a complete Parquet file[^]*truncated`),
      name,
    );
  }
  assert.match(
    await failureOf(dir, { path: 'middle' }),
    /^middle\/train\.parquet row 0: a Parquet file is corrupt/,
  );
  assert.match(
    await failureOf(dir, { path: 'footer' }),
    /^footer\/train\.parquet: a Parquet file is corrupt/,
  );
});

test('labels that are missing, NaN or outside the classes are named with file and row', async (t) => {
  const dir = folderOf(t, {
    'outside.parquet': written(
      [{ name: 'label', data: [0, 1, 1, 2], type: 'INT64' as const }].map((c) => ({
        ...c,
        data: c.data.map(BigInt),
      })),
      label,
    ),
    'minus.parquet': written([{ name: 'label', data: [0n, -1n], type: 'INT64' }], label),
    'nan.parquet': written([{ name: 'label', data: [0, 1, 0, 1, Number.NaN], type: 'DOUBLE' }], label),
    'null.parquet': written([{ name: 'label', data: [0n, null], type: 'INT64' }], label),
    'huge.parquet': written([{ name: 'id', data: [1n, 2n ** 60n], type: 'INT64' }]),
  });
  assert.match(
    await failureOf(dir, { path: 'outside.parquet' }),
    /^outside\.parquet row 3: .*outside the classes[\s\S]*0 to 1[\s\S]*got +2/,
  );
  assert.match(
    await failureOf(dir, { path: 'minus.parquet' }),
    /^minus\.parquet row 1: .*outside the classes[\s\S]*unlabelled/,
  );
  assert.match(await failureOf(dir, { path: 'nan.parquet' }), /^nan\.parquet row 4: no label[\s\S]*got +NaN/);
  assert.match(await failureOf(dir, { path: 'null.parquet' }), /^null\.parquet row 1: no label/);
  assert.match(await failureOf(dir, { path: 'huge.parquet' }), /^huge\.parquet row 1: column 'id'/);
});

test('files of one dataset must have the same columns', async (t) => {
  const dir = folderOf(t, {
    'train.parquet': written([{ name: 'a', data: ['x'], type: 'STRING' }]),
    'test.parquet': written([{ name: 'b', data: ['x'], type: 'STRING' }]),
  });
  assert.match(
    await failureOf(dir, { path: '.' }),
    /test\.parquet: .*different columns[\s\S]*a string[\s\S]*b string/,
  );
});

test('rows with only the names of their audio files are refused before anything runs', async (t) => {
  const file = (...clips: { bytes: Uint8Array | null; path: string }[]) =>
    new Uint8Array(
      parquetWriteBuffer({
        schema: [
          { name: 'root', num_children: 1 },
          { name: 'audio', num_children: 2, repetition_type: 'OPTIONAL' },
          { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
          { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        ],
        columnData: [{ name: 'audio', data: clips }],
      }),
    );
  const named = { bytes: null, path: 'a.wav' };
  const dir = folderOf(t, { 'bare/train.parquet': file(named, named) });
  const { problems } = await outlineOf(load, { path: 'bare' } as never, undefined, placeAt(dir));
  assert.deepEqual(
    problems.map(({ param, message }) => [param, message]),
    [[['path'], "column 'audio' has the names of audio files, but no audio"]],
  );
  const whole = folderOf(t, {
    'train.parquet': file(named, { bytes: tinyWav(1), path: 'b.wav' }),
    'test.parquet': file(named),
  });
  const { rows } = await loadIn(whole, { path: '.' });
  assert.equal(rows.train!.length + rows.test!.length, 3, 'some clips can be used');
});
