import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { objectsOf } from '../../src/artifact.js';
import { openCache } from '../../src/cache/open-cache.js';
import type { Entry } from '../../src/cache/types.js';
import { FolderRemote } from '../../src/remote/folder-remote.js';
import { openRemote } from '../../src/remote/open-remote.js';
import { push } from '../../src/remote/push.js';
import { readThrough } from '../../src/remote/read-through.js';
import { entryKey, objectKey, type Upload } from '../../src/remote/types.js';
import { listing } from '../bundle/support.js';
import { commitText, makeOld, startChild, tempFolder } from '../cache/support.js';
import { piecesOf, wrongFiles } from './support.js';

/** Node has no call for it. */
function makePipe(path: string): void {
  const command = 'mkfifo';
  execFileSync(command, [path]);
}

const { signal } = new AbortController();

function upload(text: string): Upload {
  const bytes = Buffer.from(text);
  return { size: bytes.length, pieces: () => piecesOf(bytes) };
}

test('what was pushed is whole, only what is missing moves, and the second push moves nothing', async () => {
  const cache = await openCache(tempFolder());
  const dir = join(tempFolder(), 'remote');
  const entries = [await commitText(cache, 'one'), await commitText(cache, 'two!')];
  const first = await push(new FolderRemote(dir), cache, entries);
  assert.deepEqual(first, { results: 2, present: 0, objects: 2, bytes: 7 });
  entries.push(await commitText(cache, 'three'));
  assert.deepEqual(await push(new FolderRemote(dir), cache, entries), {
    results: 1,
    present: 2,
    objects: 1,
    bytes: 5,
  });
  assert.deepEqual(await push(new FolderRemote(dir), cache, entries), {
    results: 0,
    present: 3,
    objects: 0,
    bytes: 0,
  });
  assert.deepEqual(wrongFiles(dir), []);
  assert.deepEqual(readdirSync(join(dir, 'tmp')), []);
});

test('an entry that is there is never changed, and an object with other bytes of its size neither', async () => {
  const remote = new FolderRemote(tempFolder());
  await remote.prepare(signal);
  assert.equal(await remote.put('index/aa/b.json', upload('first'), signal), 'stored');
  assert.equal(await remote.put('index/aa/b.json', upload('other'), signal), 'present');
  assert.equal(await remote.put('index/aa/b.json', upload('longer than that'), signal), 'present');
  const got = await remote.get('index/aa/b.json', signal);
  for await (const piece of got!.pieces) assert.equal(Buffer.from(piece).toString(), 'first');
});

test('an object that was cut short on the remote is mended by the next push', async () => {
  const cache = await openCache(tempFolder());
  const dir = tempFolder();
  const entry = await commitText(cache, 'a whole object');
  await push(new FolderRemote(dir), cache, [entry]);
  const path = join(dir, objectKey(objectsOf(entry.artifact)[0]!.digest));
  chmodSync(path, 0o644);
  writeFileSync(path, 'a wh');
  assert.equal((await push(new FolderRemote(dir), cache, [entry])).objects, 1);
  assert.equal(readFileSync(path, 'utf8'), 'a whole object');
});

test('a push killed ten times leaves whole objects and no entry too early; the next one goes on and finishes', async () => {
  const dir = tempFolder();
  const from = tempFolder();
  const cache = await openCache(from);
  const entries: Entry[] = [];
  for (let i = 0; i < 24; i++) entries.push(await commitText(cache, `${i} `.repeat(100_000)));
  await new FolderRemote(dir).prepare(signal);
  let before = 0;
  for (let i = 0; i < 10; i++) {
    const { child, ended, said } = startChild('../../remote/children/push.ts', from, dir);
    // Later in each round, so that it dies in different places.
    await said(`sent ${i + 1}\n`).catch(() => undefined);
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(wrongFiles(dir), []);
    const objects = listing(join(dir, 'objects')).length;
    assert.ok(objects >= before);
    before = objects;
    for (const name of listing(join(dir, 'index'))) {
      const entry = JSON.parse(readFileSync(join(dir, 'index', name), 'utf8')) as Entry;
      for (const { digest } of objectsOf(entry.artifact)) assert.ok(existsSync(join(dir, objectKey(digest))));
    }
  }
  assert.ok(before > 0);
  const last = await push(new FolderRemote(dir), cache, entries);
  assert.equal(last.objects, 24 - before);
  assert.equal(listing(join(dir, 'index')).length, 24);
});

test('two pushes at once both end well', async () => {
  const dir = tempFolder();
  const cache = await openCache(tempFolder());
  const entries: Entry[] = [];
  for (let i = 0; i < 12; i++) entries.push(await commitText(cache, `${i} `.repeat(10_000)));
  const both = await Promise.all([1, 2].map(() => push(new FolderRemote(dir), cache, entries)));
  assert.equal(both[0]!.results + both[1]!.results, 12);
  assert.deepEqual(wrongFiles(dir), []);
  assert.deepEqual(readdirSync(join(dir, 'tmp')), []);
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
