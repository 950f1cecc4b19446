import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeSplit, openDataset } from '../../../../src/learning/data/dataset.js';
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
