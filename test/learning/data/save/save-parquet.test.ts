import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parquetMetadata } from 'hyparquet';
import { decodeAudio } from '../../../../src/learning/audio/decode/decode-audio.js';
import type { EncodedAudio } from '../../../../src/learning/data/column.js';
import { makeSplit } from '../../../../src/learning/data/dataset.js';
import { saveParquet } from '../../../../src/learning/data/save/save-parquet.js';
import type { DatasetArtifact, Features } from '../../../../src/stage/artifact.js';
import type { EtudeError } from '../../../../src/util/errors.js';
import { folderOf } from '../../../support/audio-files.js';
import { columnOf, loadIn } from '../../../support/load.js';
import { MemoryObjects } from '../../../support/memory-objects.js';
import { savedFixture, savedRows } from '../../../support/saved.js';
import { makeDataset } from '../../../support/stage.js';

const big = { max_shard_size: 1e9 };

function footer(...names: string[]) {
  const bytes = readFileSync(join(...names));
  return parquetMetadata(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
  );
}

const shape = (...names: string[]) => footer(...names).row_groups.map(({ num_rows }) => Number(num_rows));

async function numbers(n: number, objects: MemoryObjects): Promise<DatasetArtifact> {
  const features: Features = { n: { _type: 'Value', dtype: 'int64' } };
  return makeDataset(features, { n: Array.from({ length: n }, (_, i) => i) }, objects);
}

test('every type of column comes back from Parquet files as the same dataset, chunk by chunk', async (t) => {
  const { artifact, objects } = await loadIn(savedFixture, { path: 'dict' });
  const dir = folderOf(t, {});
  const saved = await saveParquet(artifact, objects, dir, big);
  assert.deepEqual(saved.files, ['data/train-00000-of-00001.parquet', 'data/test-00000-of-00001.parquet']);
  const sizes = saved.files.map((name) => readFileSync(join(dir, name)).byteLength);
  assert.equal(saved.download_size, sizes[0]! + sizes[1]!);
  assert.deepEqual(
    saved.splits.map(({ name, num_examples }) => [name, num_examples]),
    [
      ['train', 8],
      ['test', 2],
    ],
  );
  // What the same rows take in pyarrow (see test/fixtures/saved/check_parquet.py), without the bits for
  // nulls.
  assert.ok(saved.splits[0]!.num_bytes > 1500 && saved.splits[0]!.num_bytes < 1700);

  const again = await loadIn(dir, { path: '.' });
  assert.deepEqual(again.rows, savedRows());
  assert.deepEqual(again.artifact, artifact);
});

test('the footer has the features for Hugging Face datasets; audio is not compressed, the rest is', async (t) => {
  const { artifact, objects } = await loadIn(savedFixture, { path: 'dict' });
  const dir = folderOf(t, {});
  await saveParquet(artifact, objects, dir, { ...big, split: 'test' });
  const { key_value_metadata, row_groups, schema } = footer(dir, 'data/test-00000-of-00001.parquet');
  const { info } = JSON.parse(key_value_metadata!.find(({ key }) => key === 'huggingface')!.value!);
  const expected = JSON.parse(readFileSync(join(savedFixture, 'dict/test/dataset_info.json'), 'utf8'));
  expected.features.long.dtype = 'string';
  assert.deepEqual(info, { features: expected.features });
  const codecs = Object.fromEntries(
    row_groups[0]!.columns.map(({ meta_data }) => [meta_data!.path_in_schema.join('.'), meta_data!.codec]),
  );
  assert.equal(codecs['audio.bytes'], 'UNCOMPRESSED');
  assert.equal(codecs.raw, 'UNCOMPRESSED');
  assert.equal(codecs['nested.list.element.list.element'], 'SNAPPY');
  assert.equal(codecs.big, 'SNAPPY');
  assert.equal(schema.find(({ name }) => name === 'unsigned')!.converted_type, 'UINT_32');
});

test('float16 and wide unsigned integers keep their values', async (t) => {
  const objects = new MemoryObjects();
  const features: Features = {
    half: { _type: 'Value', dtype: 'float16' },
    halves: { _type: 'List', feature: { _type: 'Value', dtype: 'float16' } },
    wide: { _type: 'Value', dtype: 'uint64' },
    byte: { _type: 'Value', dtype: 'uint8' },
  };
  const columns = {
    half: [0.5, null, 65504],
    halves: [Float32Array.of(1, -2), null, new Float32Array()],
    wide: [0, 2 ** 53 - 1, null],
    byte: [255, 0, null],
  };
  const dir = folderOf(t, {});
  await saveParquet(await makeDataset(features, columns, objects), objects, dir, big);
  const again = await loadIn(dir, { path: '.' });
  assert.deepEqual(again.artifact.features, features);
  for (const [name, values] of Object.entries(columns)) assert.deepEqual(columnOf(again, name), values, name);
});

test('rows are in the order of the split, spread over shards of the requested size', async (t) => {
  const objects = new MemoryObjects();
  const artifact = await numbers(2503, objects);
  const order = Array.from({ length: 2503 }, (_, i) => (i * 701) % 2503);
  artifact.splits = { train: await makeSplit(order, objects), 'dev.clean': await makeSplit([7], objects) };
  artifact.splits.empty = { num_rows: 0, ranges: [] };
  const bytes = artifact.chunks.reduce((sum, chunk) => sum + chunk.columns.n!.size, 0);
  const dir = folderOf(t, {});
  const { files, splits } = await saveParquet(artifact, objects, dir, {
    max_shard_size: Math.ceil(bytes / 2),
  });
  assert.deepEqual(files, [
    'data/train-00000-of-00002.parquet',
    'data/train-00001-of-00002.parquet',
    'data/dev.clean-00000-of-00001.parquet',
    'data/empty-00000-of-00001.parquet',
  ]);
  assert.deepEqual(
    splits.map(({ num_examples, num_bytes }) => [num_examples, num_bytes]),
    [
      [2503, 20024],
      [1, 8],
      [0, 0],
    ],
  );
  assert.deepEqual(
    files.map((name) => shape(dir, name)),
    [[1000, 252], [1000, 251], [1], []],
  );
  rmSync(join(dir, files[3]!));
  const again = await loadIn(dir, { path: '.' });
  assert.deepEqual(columnOf(again, 'n'), order);
  assert.deepEqual(columnOf(again, 'n', 'dev.clean'), [7]);
});

test('decoded audio becomes WAV files of the same samples, a hundred per row group, and a page per few', async (t) => {
  const objects = new MemoryObjects();
  const features: Features = { audio: { _type: 'Audio', sampling_rate: 16000, storage: 'samples' } };
  // Two clips exceed a page.
  const long = Float32Array.from({ length: 150_000 }, (_, i) => Math.sin(i) * 1.5);
  const array = Float32Array.of(0.1, -1.5, 1e-20, 0.3333333);
  const audio = [
    { array: long, path: 'calls/a.mp3' },
    null,
    { array: long, path: null },
    ...Array.from({ length: 130 }, () => ({ array, path: null })),
  ];
  const dir = folderOf(t, {});
  await saveParquet(await makeDataset(features, { audio }, objects), objects, dir, big);
  const name = 'data/train-00000-of-00001.parquet';
  assert.deepEqual(shape(dir, name), [100, 33]);
  assert.ok(footer(dir, name).row_groups[0]!.columns[0]!.offset_index_offset! > 0n);
  const loaded = await loadIn(dir, { path: '.' });
  assert.deepEqual(loaded.artifact.features.audio, { ...features.audio, storage: 'encoded' });
  const [first, none, second, third] = columnOf(loaded, 'audio') as EncodedAudio[];
  assert.deepEqual(none, { bytes: null, path: null });
  assert.deepEqual([first!.path, second!.path], ['a.wav', null]);
  for (const [found, samples] of [
    [first, long],
    [third, array],
  ] as const)
    assert.deepEqual(await decodeAudio(found!.bytes!, { name: 'a.wav', row: 0 }), {
      samples,
      sampling_rate: 16000,
    });
});

test('names of splits that Hugging Face datasets has no splits of are refused together', async (t) => {
  const objects = new MemoryObjects();
  const artifact = await numbers(3, objects);
  const { train } = artifact.splits as { train: DatasetArtifact['splits'][string] };
  artifact.splits = { '../out': train, all: train, 'a+b': train, train, Train: train };
  await assert.rejects(saveParquet(artifact, objects, folderOf(t, {}), big), (error: EtudeError) => {
    assert.equal(error.got, "'../out', 'all', 'a+b'; 'train' and 'Train'");
    return true;
  });
  const dir = folderOf(t, {});
  await saveParquet(artifact, objects, dir, { ...big, split: 'Train' });
  assert.deepEqual(shape(dir, 'data/Train-00000-of-00001.parquet'), [3]);
});

test('a file that is there already is never written to', async (t) => {
  const objects = new MemoryObjects();
  const dir = folderOf(t, { 'data/train-00000-of-00001.parquet': Buffer.from('theirs') });
  await assert.rejects(saveParquet(await numbers(3, objects), objects, dir, big), /EEXIST/);
  assert.equal(readFileSync(join(dir, 'data/train-00000-of-00001.parquet'), 'utf8'), 'theirs');
});
