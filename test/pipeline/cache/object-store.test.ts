import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TempFiles } from '../../../src/files/temp-files.js';
import { DamagedObjectError } from '../../../src/pipeline/cache/damaged-object-error.js';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import { EtudeError } from '../../../src/util/errors.js';
import { sha256 } from '../../../src/util/sha256.js';
import { commitText, flipBit, makeOld, objectFile, tempFolder } from '../../support/cache.js';
import { onSmallDisk } from '../../support/small-disk.js';

test('an object is named by the hash of its bytes, and cannot be written to', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const ref = await cache.objects.put([Buffer.from('ab'), Buffer.from('c')]);
  assert.deepEqual(ref, { digest: sha256('abc'), size: 3 });
  assert.equal(Buffer.from(await cache.objects.read(ref)).toString(), 'abc');
  assert.equal(statSync(objectFile(dir, ref)).mode & 0o222, 0);
  assert.deepEqual(readdirSync(join(dir, 'tmp')), []);
});

test('storing the same bytes again writes nothing', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const ref = await cache.objects.put(Buffer.from('abc'));
  const before = statSync(objectFile(dir, ref));
  writeFileSync(join(dir, 'mine.txt'), 'abc');
  assert.deepEqual(await cache.objects.put(Buffer.from('abc')), ref);
  async function* parts() {
    yield* [Buffer.from('a'), Buffer.from('bc')];
  }
  assert.deepEqual(await cache.objects.put(parts()), ref);
  assert.deepEqual(await cache.objects.putFile(join(dir, 'mine.txt')), ref);
  const now = statSync(objectFile(dir, ref));
  assert.deepEqual([now.ino, now.mtimeMs], [before.ino, before.mtimeMs]);
});

test('an old object that is used again becomes recent for garbage collection', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const ref = await cache.objects.put(Buffer.from('abc'));
  makeOld(objectFile(dir, ref), 5);
  await cache.objects.put(Buffer.from('abc'));
  assert.ok(Date.now() - statSync(objectFile(dir, ref)).mtimeMs < 60_000);
});

test('a file is stored as a copy', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const path = join(dir, 'large.bin');
  writeFileSync(path, Buffer.alloc(2_500_000, 7));
  const ref = await cache.objects.putFile(path);
  writeFileSync(path, 'something else');
  assert.equal(ref.size, 2_500_000);
  assert.deepEqual(await cache.objects.read(ref), Buffer.alloc(2_500_000, 7));
  await assert.rejects(cache.objects.putFile(join(dir, 'none')), (error) => error instanceof EtudeError);
});

for (const fresh of [false, true]) {
  const who = fresh ? 'a new process' : 'the process that wrote it';
  test(`a flipped bit is found by ${who}, though size and mtime are unchanged`, async () => {
    const dir = tempFolder();
    const writer = await openCache(dir);
    const ref = await writer.objects.put(Buffer.from('some bytes'));
    await writer.flush();
    const cache = fresh ? await openCache(dir) : writer;
    flipBit(objectFile(dir, ref));
    await assert.rejects(
      cache.objects.read(ref),
      (error) => error instanceof DamagedObjectError && error.problem === 'wrong bytes',
    );
    await assert.rejects(cache.objects.pathOf(ref), DamagedObjectError);
  });
}

test('storing the right bytes again repairs a damaged object', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const ref = await cache.objects.put(Buffer.from('some bytes'));
  for (const damage of [flipBit, (path: string) => rmSync(path), cutShort]) {
    damage(objectFile(dir, ref));
    assert.deepEqual(await cache.objects.put(Buffer.from('some bytes')), ref);
    assert.equal(sha256(readFileSync(objectFile(dir, ref))), ref.digest);
    assert.equal(Buffer.from(await cache.objects.read(ref)).toString(), 'some bytes');
  }
});

test('repair removes damaged objects, and leaves intact ones', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const [bad, good] = [
    await cache.objects.put(Buffer.from('bad')),
    await cache.objects.put(Buffer.from('good')),
  ];
  flipBit(objectFile(dir, bad));
  await cache.repair([bad, good]);
  await assert.rejects(cache.objects.read(bad), /missing/);
  assert.equal(Buffer.from(await cache.objects.read(good)).toString(), 'good');
});

test('a name that is not a digest is refused', async () => {
  const cache = await openCache(tempFolder());
  await assert.rejects(cache.objects.read({ digest: '../../../etc/passwd', size: 3 }), /not an object name/);
});

test('a full disk leaves nothing behind', async (t) => {
  const large = join(tempFolder(), 'large');
  writeFileSync(large, Buffer.alloc(3_000_000, 1));
  await onSmallDisk(t, 'size=1m', async (dir) => {
    const cache = await openCache(dir);
    const entry = await commitText(cache, 'small enough');
    await assert.rejects(cache.objects.put(Buffer.alloc(3_000_000, 1)), isDiskFull);
    await assert.rejects(cache.objects.putFile(large), isDiskFull);
    assert.deepEqual(readdirSync(join(dir, 'tmp')), []);
    assert.equal((await cache.lookup(entry.fingerprint, { verify: true })).type, 'hit');
  });
});

test('a write that fails midway leaves nothing behind, and a full disk is reported as such', async () => {
  const dir = tempFolder();
  const target = join(dir, 'target');
  const write = new TempFiles(dir).write(async (file) => {
    await file.writeFile('half');
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  });
  await assert.rejects(write, isDiskFull);
  assert.deepEqual(readdirSync(dir), []);
  assert.throws(() => statSync(target));
});

function isDiskFull(error: unknown): boolean {
  return error instanceof EtudeError && error.message === 'disk full' && /etude gc/.test(error.hint ?? '');
}

function cutShort(path: string): void {
  chmodSync(path, 0o644);
  truncateSync(path, 3);
}
