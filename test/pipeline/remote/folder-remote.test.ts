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
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import { FolderRemote } from '../../../src/pipeline/remote/folder-remote.js';
import { push } from '../../../src/pipeline/remote/push.js';
import { readThrough } from '../../../src/pipeline/remote/read-through.js';
import { entryKey, objectKey } from '../../../src/pipeline/remote/types.js';
import { objectsOf } from '../../../src/stage/artifact.js';
import { testsOfARemote } from '../../support/any-remote.js';
import { listing } from '../../support/archive.js';
import { commitText, makeOld, tempFolder } from '../../support/cache.js';

/** Node.js has no function for it. */
function makePipe(path: string): void {
  const command = 'mkfifo';
  execFileSync(command, [path]);
}

const { signal } = new AbortController();

testsOfARemote('a folder', async () => {
  const dir = join(tempFolder(), 'remote');
  return {
    name: dir,
    open: () => new FolderRemote(dir),
    keys: () => listing(dir).filter((name) => !name.startsWith('tmp')),
    read: (key) => readFileSync(join(dir, key)),
    spoil: (key, bytes) => {
      mkdirSync(dirname(join(dir, key)), { recursive: true });
      if (existsSync(join(dir, key))) chmodSync(join(dir, key), 0o644);
      writeFileSync(join(dir, key), bytes);
    },
    settled: async () => undefined,
    leftovers: () => readdirSync(join(dir, 'tmp')),
  };
});

test('pipes and links in place of objects are not followed', {
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

test('a folder that does not respond is given up on, and does not keep the process alive', {
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

test('a missing folder is not a remote, and reading creates none', async () => {
  const root = tempFolder();
  const absent = new FolderRemote(join(root, 'absent'));
  await assert.rejects(absent.get(entryKey('a'.repeat(64)), signal), /no such remote cache/);
  assert.equal(existsSync(join(root, 'absent')), false);
});

test('what an interrupted push left long ago is removed by a later one', async () => {
  const dir = tempFolder();
  await new FolderRemote(dir).prepare(signal);
  for (const name of ['old', 'new']) writeFileSync(join(dir, 'tmp', name), 'x');
  makeOld(join(dir, 'tmp', 'old'), 30);
  await new FolderRemote(dir).prepare(signal);
  assert.deepEqual(readdirSync(join(dir, 'tmp')), ['new']);
});
