import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileInPieces } from '../../../src/files/file-in-pieces.js';
import { ChunkWriter, rowHash } from '../../../src/learning/data/chunking.js';
import { encodeColumn } from '../../../src/learning/data/column.js';
import { encodeLarge } from '../../../src/learning/data/encode-large.js';
import type { Feature } from '../../../src/stage/artifact.js';
import { folderOf } from '../../support/audio-files.js';
import { MemoryObjects } from '../../support/memory-objects.js';

const audio: Feature = { _type: 'Audio', storage: 'encoded' };

async function joined(parts: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (!(Symbol.asyncIterator in parts)) return Buffer.from(parts);
  const copies: Buffer[] = [];
  for await (const part of parts) copies.push(Buffer.from(part));
  return Buffer.concat(copies);
}

test('a file that is read in pieces is stored as if it were in memory', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 2 ** 21 + 3 }, (_, i) => i % 251));
  const path = join(folderOf(t, { 'a.wav': bytes }), 'a.wav');
  const file = await FileInPieces.open(path);
  assert.deepEqual(file.head, Uint8Array.from(bytes.subarray(0, 2 ** 16)));
  const [large, small] = [
    { bytes: file, path: 'a.wav' },
    { bytes, path: 'a.wav' },
  ];
  const other = { bytes: new Uint8Array([1, 2, 3]), path: null };
  for (const [given, expected] of [
    [[large], [small]],
    [
      [other, large, null],
      [other, small, null],
    ],
    [[other], [other]],
  ])
    assert.deepEqual(await joined(encodeLarge(audio, given!)), Buffer.from(encodeColumn(audio, expected!)));
  assert.deepEqual(rowHash([large, 1]), rowHash([small, 1]));
  const objects = new MemoryObjects();
  const stored = async (value: unknown) => {
    const writer = new ChunkWriter({ audio, id: { _type: 'Value', dtype: 'int64' } }, objects);
    await writer.add([value, 7]);
    return writer.end();
  };
  assert.deepEqual(await stored(large), await stored(small));
  truncateSync(path, 5);
  await assert.rejects(stored(large), /the file changed while it was read/);
});
