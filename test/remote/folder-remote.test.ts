import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { objectsOf } from '../../src/artifact.js';
import { openCache } from '../../src/cache/open-cache.js';
import { FolderRemote } from '../../src/remote/folder-remote.js';
import { openRemote } from '../../src/remote/open-remote.js';
import { push } from '../../src/remote/push.js';
import { readThrough } from '../../src/remote/read-through.js';
import { entryKey, objectKey } from '../../src/remote/types.js';
import { listing } from '../bundle/support.js';
import { commitText, makeOld, startChild, tempFolder } from '../cache/support.js';
import { testEveryRemote } from './every-remote.js';
import { commitMany, filesOf, wrongFiles } from './support.js';

/** Node has no call for it. */
function makePipe(path: string): void {
  const command = 'mkfifo';
  execFileSync(command, [path]);
}

const { signal } = new AbortController();

testEveryRemote('folder', () => {
  const dir = join(tempFolder(), 'remote');
  return {
    remote: () => new FolderRemote(dir),
    files: () => filesOf(dir),
    replace(key, bytes) {
      chmodSync(join(dir, key), 0o644);
      writeFileSync(join(dir, key), bytes);
    },
  };
});

test('a push killed ten times leaves whole objects and no entry too early; the next one goes on and finishes', async () => {
  const dir = tempFolder();
  const from = tempFolder();
  const cache = await openCache(from);
  const entries = await commitMany(cache, 24, 200_000);
  await new FolderRemote(dir).prepare(signal);
  let before = 0;
  for (let i = 0; i < 10; i++) {
    const { child, ended, said } = startChild('../../remote/children/push.ts', from, dir);
    // Later in each round, so that it dies in different places.
    await said(`sent ${i + 1}\n`).catch(() => undefined);
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(wrongFiles(filesOf(dir)), []);
    const objects = listing(join(dir, 'objects')).length;
    assert.ok(objects >= before);
    before = objects;
  }
  assert.ok(before > 0);
  const last = await push(new FolderRemote(dir), cache, entries);
  assert.equal(last.objects, 24 - before);
  assert.equal(listing(join(dir, 'index')).length, 24);
});

test('pipes and links in the place of objects are not followed', {
  skip: process.platform === 'win32',
}, async () => {
  const cache = await openCache(tempFolder());
  const dir = tempFolder();
  const entry = await commitText(cache, 'an object');
  await push(new FolderRemote(dir), cache, [entry]);
  const path = join(dir, objectKey(objectsOf(entry.artifact)[0]!.digest));
  for (const spoil of [() => symlinkSync('/etc/passwd', path), () => makePipe(path)]) {
    rmSync(path, { force: true });
    spoil();
    const here = await openCache(tempFolder());
    const warnings: string[] = [];
    const through = readThrough(here, new FolderRemote(dir), { warn: (text) => warnings.push(text) });
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    assert.match(warnings.join(), /it is missing/);
  }
});

test('a folder that does not answer is given up, and holds no process', {
  skip: process.platform === 'win32',
}, async () => {
  const dir = tempFolder();
  makePipe(join(dir, 'format'));
  const warnings: string[] = [];
  const here = await openCache(tempFolder());
  const through = readThrough(here, new FolderRemote(dir), { ms: 300, warn: (text) => warnings.push(text) });
  assert.equal((await through.cache.lookup('a'.repeat(64))).type, 'miss');
  assert.equal(through.isOff, true);
  assert.match(warnings.join(), /did not answer for 0.3 s/);
});

test('a folder that is not there, or holds something else, is no remote', async () => {
  const root = tempFolder();
  const absent = new FolderRemote(join(root, 'absent'));
  await assert.rejects(absent.get(entryKey('a'.repeat(64)), signal), /no such remote cache/);
  assert.equal(existsSync(join(root, 'absent')), false);
  mkdirSync(join(root, 'photos'));
  writeFileSync(join(root, 'photos', 'cat.jpg'), 'x');
  const photos = new FolderRemote(join(root, 'photos'));
  await assert.rejects(photos.prepare(signal), /not a remote cache/);
  assert.deepEqual(readdirSync(join(root, 'photos')), ['cat.jpg']);
  assert.throws(
    () => openRemote('s3://user:secret@bucket/x'),
    (error: Error & { got?: string }) => {
      assert.doesNotMatch(`${error.message}${error.got}`, /secret/);
      return true;
    },
  );
});

test('what an interrupted push left long ago is taken away by a later one', async () => {
  const dir = tempFolder();
  await new FolderRemote(dir).prepare(signal);
  for (const name of ['old', 'new']) writeFileSync(join(dir, 'tmp', name), 'x');
  makeOld(join(dir, 'tmp', 'old'), 30);
  await new FolderRemote(dir).prepare(signal);
  assert.deepEqual(readdirSync(join(dir, 'tmp')), ['new']);
});
