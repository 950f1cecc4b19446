import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tableFromIPC } from 'apache-arrow';
import { decodeAudio } from '../../../../src/learning/audio/decode/decode-audio.js';
import type { EncodedAudio } from '../../../../src/learning/data/column.js';
import { makeSplit } from '../../../../src/learning/data/dataset.js';
import { saveToDisk } from '../../../../src/learning/data/save/save-to-disk.js';
import type { DatasetArtifact, Features } from '../../../../src/stage/artifact.js';
import { folderOf } from '../../../support/audio-files.js';
import { columnOf, loadIn } from '../../../support/load.js';
import { MemoryObjects } from '../../../support/memory-objects.js';
import { savedFixture, savedRows } from '../../../support/saved.js';
import { makeDataset } from '../../../support/stage.js';

const json = (...names: string[]) => JSON.parse(readFileSync(join(...names), 'utf8'));
const big = { max_shard_size: 1e9 };
const arrow = (...names: string[]) => tableFromIPC(readFileSync(join(...names)));

async function numbers(n: number, objects: MemoryObjects): Promise<DatasetArtifact> {
  const features: Features = { n: { _type: 'Value', dtype: 'int64' } };
  return makeDataset(features, { n: Array.from({ length: n }, (_, i) => i) }, objects);
}

test('what was loaded from save_to_disk is written unchanged: files, JSON, types, metadata and rows', async (t) => {
  const { artifact, objects } = await loadIn(savedFixture, { path: 'dict' });
  const dir = folderOf(t, {});
  const names = await saveToDisk(artifact, objects, dir, big);
  const found = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.equal(found.length, names.length);
  assert.deepEqual(json(dir, 'dataset_dict.json'), json(savedFixture, 'dict/dataset_dict.json'));
  for (const split of ['train', 'test']) {
    const theirs = join(savedFixture, 'dict', split);
    const state = json(dir, split, 'state.json');
    assert.deepEqual(Object.keys(state), Object.keys(json(theirs, 'state.json')));
    assert.deepEqual(state._data_files, [{ filename: 'data-00000-of-00001.arrow' }]);
    const info = json(dir, split, 'dataset_info.json');
    // Types that Etude merges on reading do not come back: text is string.
    const expected = json(theirs, 'dataset_info.json');
    expected.features.long.dtype = 'string';
    assert.deepEqual(info, expected);
    const ours = arrow(dir, split, 'data-00000-of-00001.arrow');
    const first = arrow(theirs, json(theirs, 'state.json')._data_files[0].filename);
    const types = (table: typeof ours) =>
      table.schema.fields.map((field) => `${field.name} ${field.type} ${field.nullable}`);
    assert.deepEqual(
      types(ours),
      types(first).map((type) => type.replace('LargeUtf8', 'Utf8')),
    );
    assert.deepEqual(JSON.parse(ours.schema.metadata.get('huggingface')!), {
      info: { features: expected.features },
    });
    assert.equal(ours.numRows, savedRows()[split]!.length);
  }
  const again = await loadIn(dir, { path: '.' });
  assert.deepEqual(again.rows, savedRows());
  assert.deepEqual(again.artifact, artifact);
});

test('one split is a Dataset', async (t) => {
  const { artifact, objects } = await loadIn(savedFixture, { path: 'dict' });
  const dir = folderOf(t, {});
  await saveToDisk(artifact, objects, dir, { ...big, split: 'test' });
  assert.deepEqual(readdirSync(dir).sort(), ['data-00000-of-00001.arrow', 'dataset_info.json', 'state.json']);
  assert.equal(json(dir, 'state.json')._split, 'test');
  assert.deepEqual((await loadIn(dir, { path: '.' })).rows, { test: savedRows().test });
});

test('rows come in the order of the split, in record batches of 1000, spread evenly over shards of the requested size', async (t) => {
  const objects = new MemoryObjects();
  const artifact = await numbers(2503, objects);
  const order = Array.from({ length: 2503 }, (_, i) => (i * 701) % 2503);
  artifact.splits = { train: await makeSplit(order, objects), 'a+b': await makeSplit([7], objects) };
  const bytes = artifact.chunks.reduce((sum, chunk) => sum + chunk.columns.n!.size, 0);
  const dir = folderOf(t, {});
  await saveToDisk(artifact, objects, dir, { max_shard_size: Math.ceil(bytes / 2) });
  const shards = json(dir, 'train/state.json')._data_files.map(
    ({ filename }: { filename: string }) => filename,
  );
  assert.deepEqual(shards, ['data-00000-of-00002.arrow', 'data-00001-of-00002.arrow']);
  const tables = shards.map((name: string) => arrow(dir, 'train', name)) as ReturnType<typeof arrow>[];
  assert.deepEqual(
    tables.map((table) => table.batches.map((batch) => batch.numRows)),
    [
      [1000, 252],
      [1000, 251],
    ],
  );
  assert.deepEqual(columnOf(await loadIn(dir, { path: '.' }), 'n'), order);
  // Hugging Face's names of splits have no '+'.
  assert.equal(json(dir, 'a+b/state.json')._split, null);
  assert.deepEqual(columnOf(await loadIn(dir, { path: '.' }), 'n', 'a+b'), [7]);
});

test('decoded audio becomes WAV files that decode to the same samples', async (t) => {
  const objects = new MemoryObjects();
  const array = Float32Array.of(0.1, -1.5, 1e-20, 0.3333333);
  const features: Features = { audio: { _type: 'Audio', sampling_rate: 16000, storage: 'samples' } };
  const audio = [
    { array, path: 'calls/a.mp3' },
    { array: array.subarray(1), path: null },
  ];
  const dir = folderOf(t, {});
  await saveToDisk(await makeDataset(features, { audio }, objects), objects, dir, big);
  const loaded = await loadIn(dir, { path: '.' });
  assert.deepEqual(loaded.artifact.features.audio, {
    _type: 'Audio',
    sampling_rate: 16000,
    storage: 'encoded',
  });
  const [first, second] = columnOf(loaded, 'audio') as EncodedAudio[];
  assert.equal(first!.path, 'a.wav');
  assert.equal(second!.path, null);
  const decoded = await decodeAudio(first!.bytes!, { name: 'a.wav', row: 0 });
  assert.deepEqual(decoded, { samples: array, sampling_rate: 16000 });
});

test('a split whose name leads elsewhere is not written', async (t) => {
  const objects = new MemoryObjects();
  const artifact = await numbers(3, objects);
  artifact.splits = { '../out': artifact.splits.train! };
  await assert.rejects(
    saveToDisk(artifact, objects, folderOf(t, {}), big),
    /cannot be used as a folder name/,
  );
});

test('a split without rows is a shard without rows', async (t) => {
  const objects = new MemoryObjects();
  const artifact = await numbers(3, objects);
  artifact.splits.empty = { num_rows: 0, ranges: [] };
  const dir = folderOf(t, {});
  await saveToDisk(artifact, objects, dir, big);
  assert.equal(arrow(dir, 'empty/data-00000-of-00001.arrow').numRows, 0);
});
