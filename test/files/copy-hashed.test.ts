import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyHashed, piecesOf } from '../../src/files/copy-hashed.js';
import { tempFolder } from '../support/temp-folder.js';

/** Large enough to be flushed while it is written. */
const bytes = randomBytes(40 << 20);

test('a large file is written, flushed on the way and hashed', async () => {
  const path = join(tempFolder(), 'copy');
  const file = await open(path, 'w');
  let flushes = 0;
  const datasync = file.datasync.bind(file);
  file.datasync = () => {
    flushes += 1;
    return datasync();
  };
  const copied = await copyHashed(piecesOf([bytes]), file);
  await file.close();
  assert.deepEqual(copied, {
    digest: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.byteLength,
  });
  assert.ok(bytes.equals(await readFile(path)));
  assert.ok(flushes > 0);
});

test('a flush that fails on the way fails the copy, for the next one would succeed', async () => {
  let written = 0;
  const file = {
    write: async ({ byteLength }: Uint8Array) => {
      written += byteLength;
      return { bytesWritten: byteLength };
    },
    datasync: async () => {
      throw new Error('EIO: i/o error, fdatasync');
    },
  } as unknown as FileHandle;
  await assert.rejects(copyHashed(piecesOf([bytes]), file), /EIO/);
  assert.equal(written, bytes.byteLength);
});

test('a piece of which only a part is written at once is written to its end', async () => {
  const path = join(tempFolder(), 'copy');
  const file = await open(path, 'w');
  const write = file.write.bind(file) as (piece: Uint8Array) => Promise<{ bytesWritten: number }>;
  file.write = ((piece: Uint8Array) => write(piece.subarray(0, 300_000))) as typeof file.write;
  await copyHashed(piecesOf([bytes]), file);
  await file.close();
  assert.ok(bytes.equals(await readFile(path)));
});

test('an error of the pieces is reported as it is', async () => {
  const file = await open(join(tempFolder(), 'copy'), 'w');
  const wrong = copyHashed(piecesOf([bytes]), file, {
    onPiece() {
      throw new Error('not these');
    },
  });
  await assert.rejects(wrong, /not these/);
  await file.close();
});

test('many bytes are hashed on a thread, several files at once, also after a copy that was given up', async () => {
  const size = bytes.byteLength;
  const copy = async (data: Uint8Array, fails = false) => {
    const file = await open(join(tempFolder(), 'copy'), 'w');
    let pieces = 0;
    const onPiece = () => {
      if (fails && ++pieces === 20) throw new Error('enough');
    };
    return copyHashed(piecesOf([data]), file, { size, onPiece }).finally(() => file.close());
  };
  await assert.rejects(copy(bytes, true), /enough/);
  const all = [bytes, bytes.subarray(1), bytes.subarray(0, 7_654_321)];
  const digests = await Promise.all(all.map(async (data) => (await copy(data)).digest));
  assert.deepEqual(
    digests,
    all.map((data) => createHash('sha256').update(data).digest('hex')),
  );
  assert.equal((await copy(new Uint8Array(0))).digest, createHash('sha256').digest('hex'));
});
