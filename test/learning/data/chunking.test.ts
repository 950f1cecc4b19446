import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Chunker, type ChunkLimits, ChunkWriter, rowHash } from '../../../src/learning/data/chunking.js';
import { openDataset } from '../../../src/learning/data/dataset.js';
import { MemoryObjects } from '../../support/memory-objects.js';

function chunksOf(items: readonly string[], limits?: ChunkLimits, bytes?: number): string[][] {
  const chunker = new Chunker<string>(limits);
  const chunks = items.flatMap((item) => chunker.push(item, rowHash([item]).hash, bytes ?? item.length));
  return [...chunks, ...chunker.end()];
}

/** Chunks of `after` that `before` does not have. */
function newChunks(before: string[][], after: string[][]): string[][] {
  const known = new Set(before.map((chunk) => chunk.join('\n')));
  return after.filter((chunk) => !known.has(chunk.join('\n')));
}

const limits: ChunkLimits = { target: 4, maxRows: 12, minBytes: 1, maxBytes: 200 };

test('chunks contain all items in order, within the limits', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 60 }), { maxLength: 200 }), (items) => {
      const chunks = chunksOf(items, limits);
      assert.deepEqual(chunks.flat(), items);
      for (const chunk of chunks) {
        assert.ok(chunk.length >= 1 && chunk.length <= limits.maxRows);
        assert.ok(chunk.length === 1 || chunk.join('').length <= limits.maxBytes);
      }
    }),
  );
});

test('an inserted row changes only the chunk that it falls into', () => {
  const items = Array.from({ length: 1000 }, (_, i) => `row ${i}`);
  const roomy = { target: 16, maxRows: 1000, minBytes: 1, maxBytes: 1e9 };
  const before = chunksOf(items, roomy);
  fc.assert(
    fc.property(fc.nat(1000), fc.string(), (at, text) => {
      const after = chunksOf([...items.slice(0, at), `new ${text}`, ...items.slice(at)], roomy);
      // It stays one chunk, or the new row is itself a boundary and splits it.
      assert.ok(newChunks(before, after).length <= 2);
      assert.ok(newChunks(after, before).length <= 1);
    }),
    { numRuns: 40 },
  );
});

test('five new clips among a thousand leave nearly all chunks unchanged', () => {
  const items = Array.from({ length: 1000 }, (_, i) => `clip ${i}`);
  const before = chunksOf(items, undefined, 32_000);
  const more = [...items];
  for (const at of [990, 700, 444, 101, 3]) more.splice(at, 0, `new clip at ${at}`);
  const changed = newChunks(before, chunksOf(more, undefined, 32_000));
  assert.ok(changed.length <= 10, `${changed.length} chunks`);
  assert.ok(changed.flat().length < 300, `${changed.flat().length} rows`);
});

test('small rows come in chunks of hundreds, whose boundaries still depend on content', () => {
  const items = Array.from({ length: 20_000 }, (_, i) => `row ${i}`);
  const before = chunksOf(items, undefined, 100);
  assert.ok(before.length > 10 && before.length < 100, `${before.length} chunks`);
  const after = chunksOf([...items.slice(0, 9000), 'new', ...items.slice(9000)], undefined, 100);
  assert.ok(newChunks(before, after).length <= 2);
});

test('identical rows still end up in chunks of bounded size', () => {
  const chunks = chunksOf(Array(500).fill('same'), limits);
  assert.ok(chunks.every((chunk) => chunk.length <= limits.maxRows));
});

test('a row that exceeds the byte limit by itself is a chunk of its own', () => {
  const chunks = chunksOf(['x'.repeat(500), 'y'.repeat(500)], limits);
  assert.deepEqual(
    chunks.map((chunk) => chunk.length),
    [1, 1],
  );
});

test('a row hash depends on every value and on where each one ends', () => {
  const hash = (...row: unknown[]) => rowHash(row).hash;
  const hashes = [
    hash('ab', 'c'),
    hash('a', 'bc'),
    hash('abc'),
    hash(Uint8Array.of(97, 98, 99)),
    hash(['a', 'bc']),
    hash({ bytes: Uint8Array.of(1), path: 'a' }),
    hash({ bytes: Uint8Array.of(1), path: null }),
    hash(1),
    hash('1'),
    hash(null),
    hash(0),
    hash(-0),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.equal(hash(Float32Array.of(1)), hash(Float32Array.of(1)));
});

test('written chunks contain the rows, equal rows give equal objects, and a split begins with a new chunk', async () => {
  const features = {
    id: { _type: 'Value', dtype: 'int64' },
    name: { _type: 'Value', dtype: 'string' },
  } as const;
  const objects = new MemoryObjects();
  const write = async () => {
    const writer = new ChunkWriter(features, objects);
    for (let i = 0; i < 150; i++) {
      if (i === 100) await writer.endSplit();
      await writer.add([i, `n${i}`.padEnd(5000)]);
    }
    return writer.end();
  };
  const chunks = await write();
  assert.deepEqual(await write(), chunks);
  let rows = 0;
  const starts = chunks.map((chunk) => {
    rows += chunk.rows;
    return rows - chunk.rows;
  });
  assert.ok(starts.includes(100));
  assert.ok(chunks.length > 3);
  const artifact = {
    kind: 'dataset',
    features,
    chunks,
    splits: { all: { num_rows: 150, ranges: [[0, 150]] } },
  } as const;
  const reader = openDataset(artifact as unknown as Parameters<typeof openDataset>[0], objects);
  assert.deepEqual(
    await reader.column('all', 'id'),
    Array.from({ length: 150 }, (_, i) => i),
  );
});
