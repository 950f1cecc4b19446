import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeError } from '../../src/files/fs-errors.js';
import { makeFolder } from '../../src/files/make-folder.js';
import { openCache } from '../../src/pipeline/cache/open-cache.js';
import { messageOf } from '../../src/util/errors.js';
import { commitText } from '../support/cache.js';
import { onSmallDisk } from '../support/small-disk.js';
import { tempFolder } from '../support/temp-folder.js';

const NO_INODES = /no inodes left on the file system/;

test('folders are created with their parents, by many callers at once, and existing ones stay', async () => {
  const dir = tempFolder('folder');
  const deep = join(dir, 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 20 }, () => makeFolder(deep)));
  writeFileSync(join(deep, 'file'), '');
  await makeFolder(deep);
  await makeFolder(join(dir, 'secret', 'keys'), 0o700);
  assert.deepEqual(readdirSync(deep), ['file']);
  assert.equal(statSync(join(dir, 'secret')).mode & 0o777, process.platform === 'win32' ? 0o666 : 0o700);
  await assert.rejects(makeFolder(join(deep, 'file')), { code: 'EEXIST' });
  await assert.rejects(makeFolder(join(deep, 'file', 'more')), { code: 'ENOTDIR' });
});

test('running out of inodes is reported as such, at whatever point of creating a cache', async (t) => {
  for (let count = 2; count < 24; count++) {
    await onSmallDisk(t, `size=4m,nr_inodes=${count}`, async (dir) => {
      const work = async () => {
        const cache = await openCache(join(dir, 'deep', 'cache'));
        for (let i = 0; i < 12; i++) {
          await commitText(cache, `text ${i}`);
          await cache.scratch(`${i}`.padStart(64, '0'));
        }
      };
      await assert.rejects(work, (error) => {
        assert.match(messageOf(error), NO_INODES, `${count} inodes`);
        return true;
      });
      // A half-created cache is not taken for one of another version.
      const format = join(dir, 'deep', 'cache', 'format');
      assert.ok(!existsSync(format) || statSync(format).size > 0);
    });
  }
});

test('what is full is recognized for errors of the system, too', async (t) => {
  const full = (path: string) =>
    Object.assign(new Error('ENOSPC: no space left on device, open'), { code: 'ENOSPC', path });
  const path = join(tempFolder('folder'), 'x');
  assert.equal(messageOf(full(path)), `${path}: disk full`);
  await onSmallDisk(t, 'size=4m,nr_inodes=3', (dir) => {
    assert.match(messageOf(full(join(dir, 'not', 'there'))), NO_INODES);
    assert.match(messageOf(writeError(full(dir), dir)), NO_INODES);
  });
});
