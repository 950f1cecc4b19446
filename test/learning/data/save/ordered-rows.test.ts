import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeSplit, openDataset } from '../../../../src/learning/data/dataset.js';
import { orderedRows } from '../../../../src/learning/data/save/ordered-rows.js';
import { savedValue } from '../../../../src/learning/data/save/saved-column.js';
import { shardsOf } from '../../../../src/learning/data/save/shards.js';
import type { Features, ObjectRef } from '../../../../src/stage/artifact.js';
import { MemoryObjects } from '../../../support/memory-objects.js';
import { makeDataset } from '../../../support/stage.js';
import { tempFolder } from '../../../support/temp-folder.js';

/** Objects that count what is read whole. */
class CountedObjects extends MemoryObjects {
  readonly whole: string[] = [];
  readonly #folder = tempFolder('objects');

  override read(ref: ObjectRef): Promise<Uint8Array> {
    this.whole.push(ref.digest);
    return super.read(ref);
  }

  override async pathOf({ digest }: ObjectRef): Promise<string> {
    const path = join(this.#folder, digest);
    writeFileSync(path, this.stored.get(digest)!);
    return path;
  }
}

const bytesOf = (i: number) => Uint8Array.from({ length: 5 + (i % 7) }, (_, k) => i + k);
const features: Features = {
  sound: { _type: 'Audio', storage: 'encoded' },
  samples: { _type: 'Audio', sampling_rate: 8000, storage: 'samples' },
  n: { _type: 'Value', dtype: 'int64' },
};

/** `n` rows in chunks of one, in an order that goes to and fro between the chunks. */
async function shuffled(n: number, { isWhole }: { isWhole: boolean }) {
  const objects = new CountedObjects();
  const columns = {
    sound: Array.from({ length: n }, (_, i) => {
      if (!isWhole && i % 5 === 0) return i % 2 === 0 ? null : { bytes: null, path: `${i}.mp3` };
      return { bytes: bytesOf(i), path: i % 3 === 0 ? null : `calls/${i}.mp3` };
    }),
    samples: Array.from({ length: n }, (_, i) =>
      !isWhole && i % 4 === 0 ? null : { array: Float32Array.from(bytesOf(i)), path: null },
    ),
    n: Array.from({ length: n }, (_, i) => i),
  };
  const artifact = await makeDataset(features, columns, objects, 1);
  const order = Array.from({ length: n }, (_, i) => (i * 7) % n);
  artifact.splits = { train: await makeSplit(order, objects) };
  const saved = async () => {
    const rows = [];
    for (const shard of await shardsOf(artifact, objects, 'train', { max_shard_size: 1e9 }))
      for await (const batch of shard.batches({ rows: 10, bytes: 1e9 })) rows.push(...batch);
    return rows;
  };
  return { artifact, objects, saved };
}

test('of rows in random order, only their own audio is read, also from more chunks than are open', async () => {
  const { artifact, objects, saved } = await shuffled(200, { isWhole: true });
  const rows = await saved();
  assert.deepEqual(
    rows.map(({ sound }) => (sound as { bytes: Uint8Array }).bytes),
    rows.map(({ n }) => bytesOf(n as number)),
  );
  const audio = new Set(
    artifact.chunks.flatMap(({ columns }) => [columns.sound!.digest, columns.samples!.digest]),
  );
  assert.deepEqual(
    objects.whole.filter((digest) => audio.has(digest)),
    [],
  );
});

function plain(this: Record<string, unknown>, key: string): unknown {
  const value = this[key];
  return value instanceof Uint8Array ? [...value] : value;
}

test('of other columns, each chunk is read once for a window of rows, and no row keeps its chunk', async () => {
  const objects = new CountedObjects();
  const lists: Features = {
    values: { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } },
    nested: {
      _type: 'List',
      feature: { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } },
    },
  };
  const valuesOf = (i: number) => Float32Array.from({ length: 1000 }, (_, k) => i + k);
  const all = Array.from({ length: 40 }, (_, i) => i);
  const columns = { values: all.map(valuesOf), nested: all.map((i) => [valuesOf(i), valuesOf(-i)]) };
  const artifact = await makeDataset(lists, columns, objects, 4);
  const numbers = Uint32Array.from(all, (i) => (i * 7) % 40);
  artifact.splits = { train: await makeSplit([...numbers], objects) };
  objects.whole.length = 0;
  const range = { split: 'train', start: 0, numbers };
  const perRow = artifact.chunks[0]!.columns.values!.size / 4 + artifact.chunks[0]!.columns.nested!.size / 4;
  const rows = [];
  const reader = openDataset(artifact, objects);
  for await (const row of orderedRows(artifact, objects, reader, range, 20 * perRow)) rows.push(row);
  assert.deepEqual(
    rows,
    [...numbers].map((i) => ({ values: valuesOf(i), nested: [valuesOf(i), valuesOf(-i)] })),
  );
  for (const { columns } of artifact.chunks)
    for (const { digest } of Object.values(columns))
      assert.equal(objects.whole.filter((each) => each === digest).length, 2);
  const { values, nested } = rows[0]! as { values: Float32Array; nested: Float32Array[] };
  for (const each of [values, ...nested]) assert.equal(each.buffer.byteLength, each.byteLength);
});

test('rows without audio, with a path alone or with samples are the same in random order', async () => {
  const { artifact, objects, saved } = await shuffled(30, { isWhole: false });
  const expected = [];
  for await (const row of openDataset(artifact, objects).rows('train'))
    expected.push(
      Object.fromEntries(
        Object.entries(features).map(([name, feature]) => [name, savedValue(feature, row[name])]),
      ),
    );
  // Bytes are in a Buffer or not.
  assert.equal(JSON.stringify(await saved(), plain), JSON.stringify(expected, plain));
});
