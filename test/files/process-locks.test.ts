import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownIdentity } from '../../src/files/process-identity.js';
import { openCache } from '../../src/pipeline/cache/open-cache.js';
import { EtudeError } from '../../src/util/errors.js';
import { makeOld, startChild, tempFolder } from '../support/cache.js';
import { onSmallDisk } from '../support/small-disk.js';

/** Writes the lock file of a holder that this test made up. */
function leaveLock(dir: string, key: string, holder: object): string {
  const path = join(dir, 'locks', `${key}.lock`);
  const lock = { ...ownIdentity(), runId: 'r', since: new Date().toISOString(), token: 'left', ...holder };
  writeFileSync(path, JSON.stringify(lock));
  return path;
}

test('a second taker waits, learns who holds the lock, and gets it after release', async () => {
  const cache = await openCache(tempFolder());
  const order: string[] = [];
  const first = await cache.lock('key', { runId: 'one' });
  const second = cache.lock('key', {
    runId: 'two',
    onWait: ({ pid, runId }) => order.push(`waits for ${runId} of ${pid === process.pid ? 'here' : pid}`),
  });
  const other = await cache.lock('other key', { runId: 'three' });
  await sleep(100);
  order.push('released');
  await first.release();
  await (await second).release();
  await other.release();
  assert.deepEqual(order, ['waits for one of here', 'released']);
  assert.deepEqual(readdirSync(join(cache.dir, 'locks')), []);
});

test('a disk without room for a lock is named, and what was learnt is given up without a word', async (t) => {
  await onSmallDisk(t, 'size=4m,nr_inodes=64', async (dir) => {
    const cache = await openCache(dir);
    writeFileSync(join(dir, 'data'), 'old enough to be remembered');
    makeOld(join(dir, 'data'), 1);
    await cache.digestFile(join(dir, 'data'));
    // All inodes but one: for the lock's text, and none for the link that makes it a lock.
    const fill = (name: string) => writeFileSync(join(dir, name), '');
    assert.throws(() => Array.from({ length: 64 }, (_, i) => fill(`filler-${i}`)), { code: 'ENOSPC' });
    rmSync(join(dir, 'filler-0'));
    await assert.rejects(
      cache.lock('key', { runId: 'one' }),
      (error) => error instanceof EtudeError && /no inodes left/.test(error.message),
    );
    await cache.flush();
    assert.deepEqual(readdirSync(join(dir, 'locks')), []);
    assert.deepEqual(readdirSync(join(dir, 'tmp')), []);
  });
});

test('waiting can be aborted', async () => {
  const cache = await openCache(tempFolder());
  const lock = await cache.lock('key', { runId: 'one' });
  const controller = new AbortController();
  const waiting = cache.lock('key', { runId: 'two', signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 30);
  await assert.rejects(waiting, /enough/);
  await lock.release();
});

test('a lock is taken over at once from a process that is dead, or whose pid has been reused', async () => {
  const cache = await openCache(tempFolder());
  const reused = ownIdentity().started === undefined ? [] : [{ pid: process.ppid, started: '1' }];
  for (const holder of [{ pid: 2 ** 22 + 1 }, ...reused]) {
    leaveLock(cache.dir, 'key', holder);
    const waited: number[] = [];
    const lock = await cache.lock('key', { runId: 'two', onWait: ({ pid }) => waited.push(pid) });
    await lock.release();
    assert.deepEqual(waited, []);
  }
});

test('a lock is taken over even if the process that was taking it over died, too', async () => {
  const cache = await openCache(tempFolder());
  leaveLock(cache.dir, 'key', { pid: 2 ** 22 + 1, token: 'a' });
  leaveLock(cache.dir, 'key.lock.after-a', { pid: 2 ** 22 + 2, token: 'b' });
  writeFileSync(
    join(cache.dir, 'locks', 'key.lock.after-a'),
    readFileSync(join(cache.dir, 'locks', 'key.lock.after-a.lock')),
  );
  const lock = await cache.lock('key', { runId: 'two' });
  await lock.release();
  assert.deepEqual(readdirSync(join(cache.dir, 'locks')), ['key.lock.after-a.lock']);
});

test('a holder on another machine counts as alive as long as its heartbeat continues', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir, { lockTimes: { staleMs: 400, pollMs: [10, 20] } });
  const path = leaveLock(dir, 'key', { machine: 'another', host: 'far' });
  let taken = false;
  const hosts: string[] = [];
  const waiting = cache.lock('key', { runId: 'two', onWait: ({ host }) => hosts.push(host) }).then((lock) => {
    taken = true;
    return lock;
  });
  for (let beat = 0; beat < 12; beat++) {
    await sleep(50);
    makeOld(path, beat / 1e6);
    assert.equal(taken, false);
  }
  const lock = await waiting;
  assert.deepEqual(hosts, ['far']);
  await lock.release();
});

test('a lock that another machine left long ago is taken over at once', async () => {
  const cache = await openCache(tempFolder());
  makeOld(leaveLock(cache.dir, 'key', { machine: 'another' }), 24);
  await (await cache.lock('key', { runId: 'two' })).release();
});

test('a former holder cannot release the lock of its successor', async () => {
  const cache = await openCache(tempFolder());
  const first = await cache.lock('key', { runId: 'one' });
  const path = leaveLock(cache.dir, 'key', { token: 'someone else' });
  await first.release();
  assert.match(readFileSync(path, 'utf8'), /someone else/);
});

test('of two processes one waits for the other; a killed one is taken over from', async () => {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const holder = startChild('pipeline/cache/children/take-lock.ts', dir, 'key', join(dir, 'log'), '600000');
  await holder.said('taken');
  const pids: number[] = [];
  const waiting = cache.lock('key', { runId: 'me', onWait: ({ pid }) => pids.push(pid) });
  await sleep(100);
  assert.deepEqual(pids, [holder.child.pid]);
  holder.child.kill('SIGKILL');
  await (await waiting).release();
  await holder.ended;
});

test('of five processes that find a dead holder, no two ever have the lock at once', async () => {
  const dir = tempFolder();
  await openCache(dir);
  leaveLock(dir, 'key', { pid: 2 ** 22 + 1 });
  const log = join(dir, 'log');
  const takers = Array.from({ length: 5 }, () =>
    startChild('pipeline/cache/children/take-lock.ts', dir, 'key', log, '20'),
  );
  await Promise.all(takers.map(({ ended }) => ended));
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  assert.equal(lines.length, 10);
  for (let i = 0; i < lines.length; i += 2) {
    assert.equal(lines[i]!.replace('enter', 'leave'), lines[i + 1]);
  }
});

test('forty takers in one process find a dead holder and get the lock one after the other', async () => {
  const dir = tempFolder();
  const caches = await Promise.all(
    Array.from({ length: 40 }, () => openCache(dir, { lockTimes: { pollMs: [1, 5] } })),
  );
  leaveLock(dir, 'key', { pid: 2 ** 22 + 1 });
  let inside = 0;
  let most = 0;
  await Promise.all(
    caches.map(async (cache) => {
      const lock = await cache.lock('key', { runId: 'r' });
      most = Math.max(most, ++inside);
      await sleep(1);
      inside--;
      await lock.release();
    }),
  );
  assert.equal(most, 1);
});

test('something else in place of a lock file keeps nobody waiting', async () => {
  const cache = await openCache(tempFolder());
  const path = join(cache.dir, 'locks', 'key.lock');
  for (const put of [
    () => symlinkSync('nowhere', path),
    () => symlinkSync(path, path),
    () => mkdirSync(path),
  ]) {
    put();
    const waited: number[] = [];
    await (await cache.lock('key', { runId: 'one', onWait: ({ pid }) => waited.push(pid) })).release();
    assert.deepEqual([waited, readdirSync(join(cache.dir, 'locks'))], [[], []]);
  }
});

test('an unreadable lock file is taken over when its time is up', async () => {
  const cache = await openCache(tempFolder(), { lockTimes: { staleMs: 20 } });
  const path = join(cache.dir, 'locks', 'key.lock');
  const hostile = JSON.stringify({ ...ownIdentity(), pid: 1, runId: '', since: '', token: '../../x' });
  for (const text of ['', 'null', '3', '{"pid":"1"}', hostile]) {
    writeFileSync(path, text);
    await (await cache.lock('key', { runId: 'one' })).release();
    assert.deepEqual(readdirSync(join(cache.dir, 'locks')), [], text);
  }
});
