import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSplit, openDataset, rowsOf } from '../../../src/learning/data/dataset.js';
import type { ObjectRef } from '../../../src/stage/artifact.js';
import { EtudeError } from '../../../src/util/errors.js';
import { MemoryObjects } from '../../support/memory-objects.js';
import { makeDataset } from '../../support/stage.js';

const int64 = { _type: 'Value', dtype: 'int64' } as const;
const string = { _type: 'Value', dtype: 'string' } as const;

async function example(objects: MemoryObjects, n = 100) {
  const id = Array.from({ length: n }, (_, i) => i);
  return makeDataset({ id: int64, name: string }, { id, name: id.map((i) => `n${i}`) }, objects, 7);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('rows come in the order of the split, across chunks', async () => {
  const objects = new MemoryObjects();
  const dataset = await example(objects);
  const order = Array.from({ length: 50 }, (_, i) => (i * 37) % 100);
  dataset.splits = {
    shuffled: await makeSplit(order, objects),
    some: await makeSplit([5, 6, 7, 90], objects),
  };
  const reader = openDataset(dataset, objects);
  assert.deepEqual(reader.splits, ['shuffled', 'some']);
  assert.equal(reader.num_rows('shuffled'), 50);
  assert.deepEqual(
    (await collect(reader.rows('shuffled', { columns: ['id'] }))).map((row) => row.id),
    order,
  );
  assert.deepEqual(await collect(reader.rows('some', { start: 2 })), [
    { id: 7, name: 'n7' },
    { id: 90, name: 'n90' },
  ]);
  assert.deepEqual(await reader.row('shuffled', 1), { id: 37, name: 'n37' });
  assert.equal(await reader.value('some', 'name', 3), 'n90');
  assert.deepEqual(await reader.column('some', 'id'), [5, 6, 7, 90]);
});

test('a scattered selection is stored as an object, a contiguous one as ranges, and both can be read', async () => {
  const objects = new MemoryObjects();
  const ranged = await makeSplit([3, 4, 5, 9, 10, 0], objects);
  assert.deepEqual(ranged, {
    num_rows: 6,
    ranges: [
      [3, 6],
      [9, 11],
      [0, 1],
    ],
  });
  assert.deepEqual([...(await rowsOf(ranged, objects))], [3, 4, 5, 9, 10, 0]);
  const rows = Array.from({ length: 300 }, (_, i) => (i * 7919) % 70000);
  const scattered = await makeSplit(rows, objects);
  assert.ok('indices' in scattered && scattered.indices.size === 1200);
  assert.deepEqual([...(await rowsOf(scattered, objects))], rows);
  assert.deepEqual(await makeSplit([], objects), { num_rows: 0, ranges: [] });
});

test('a chunk is read once while it is in memory, and again after it was evicted', async () => {
  const objects = new MemoryObjects();
  const dataset = await example(objects);
  const reads: string[] = [];
  const counting = Object.assign(Object.create(objects) as MemoryObjects, {
    read: (ref: ObjectRef) => {
      reads.push(ref.digest);
      return objects.read(ref);
    },
  });
  const wide = openDataset(dataset, counting);
  await collect(wide.rows('train', { columns: ['id'] }));
  await collect(wide.rows('train', { columns: ['id'] }));
  assert.equal(reads.length, dataset.chunks.length);

  reads.length = 0;
  const narrow = openDataset(dataset, counting, { cacheBytes: dataset.chunks[0]!.columns.id!.size * 2 });
  for (const i of [0, 1, 50, 0, 90, 0, 99, 50]) assert.equal(await narrow.value('train', 'id', i), i);
  // 0, 50, 90, 98.. and 50 again: the least recently used was evicted, never the one in use.
  assert.equal(reads.length, 5);
});

test('unknown splits and columns, and rows out of range, are refused', async () => {
  const objects = new MemoryObjects();
  const reader = openDataset(await example(objects), objects);
  await assert.rejects(reader.value('test', 'id', 0), /no split 'test'/);
  await assert.rejects(reader.value('train', 'toString', 0), /no column 'toString'/);
  await assert.rejects(
    reader.row('train', 100),
    (error) => error instanceof EtudeError && error.expected === '0 to 99',
  );
});

test('chunks that were forgotten are read again', async () => {
  const objects = new MemoryObjects();
  const reader = openDataset(await example(objects), objects);
  let reads = 0;
  const read = objects.read.bind(objects);
  objects.read = (ref: ObjectRef) => {
    reads += 1;
    return read(ref);
  };
  for (let i = 0; i < 3; i += 1) assert.equal(await reader.value('train', 'id', 8), 8);
  assert.equal(reads, 1);
  reader.forget();
  assert.equal(await reader.value('train', 'id', 8), 8);
  assert.equal(reads, 2);
});
