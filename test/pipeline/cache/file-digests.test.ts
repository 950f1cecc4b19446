import assert from 'node:assert/strict';
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TempFiles } from '../../../src/files/temp-files.js';
import { FileDigests } from '../../../src/pipeline/cache/file-digests.js';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import { StatMemo, signatureOf } from '../../../src/pipeline/cache/stat-memo.js';
import { EtudeError } from '../../../src/util/errors.js';
import { sha256 } from '../../../src/util/sha256.js';
import { tempFolder } from '../../support/cache.js';

test('a file is identified by its bytes and its size', async () => {
  const dir = tempFolder();
  writeFileSync(join(dir, 'a.txt'), 'abc');
  const cache = await openCache(join(dir, 'cache'));
  assert.deepEqual(await cache.digestFile(join(dir, 'a.txt')), { digest: sha256('abc'), size: 3 });
});

test('a known digest is used while the file is unchanged, and only then', async () => {
  const dir = tempFolder();
  const path = join(dir, 'a.txt');
  writeFileSync(path, 'abc');
  const memo = new StatMemo<string>(join(dir, 'known.json'), new TempFiles(dir), {
    what: 'files',
    isValue: () => true,
    warn: assert.fail,
  });
  const digests = new FileDigests(memo);
  memo.set(path, signatureOf(statSync(path, { bigint: true })), 'remembered');
  assert.equal((await digests.digest(path)).digest, 'remembered');
  // The same size and the same mtime: the change shows in ctime.
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'abd');
  utimesSync(path, atime, mtime);
  assert.equal((await digests.digest(path)).digest, sha256('abd'));
});

test('a file that changed a moment ago is read again, because its next change may not show in a time stamp', async () => {
  const dir = tempFolder();
  const path = join(dir, 'a.txt');
  writeFileSync(path, 'abc');
  const cache = await openCache(join(dir, 'cache'));
  await cache.digestFile(path);
  assert.equal(cache.files.get(path, signatureOf(statSync(path, { bigint: true }))), undefined);
});

test('a file that cannot be read is reported with its path', async () => {
  const dir = tempFolder();
  const cache = await openCache(join(dir, 'cache'));
  mkdirSync(join(dir, 'folder'));
  for (const [name, message] of [
    ['none.csv', /no such file/],
    ['folder', /not a file/],
    ['none/a.csv', /no such file/],
  ] as const) {
    await assert.rejects(
      cache.digestFile(join(dir, name)),
      (error) =>
        error instanceof EtudeError && message.test(error.message) && error.where?.file === join(dir, name),
    );
  }
});
