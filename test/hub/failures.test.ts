import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import fs, { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { HubError } from '../../src/hub/hub-error.js';
import { isSafePath } from '../../src/hub/layout.js';
import { retrying } from '../../src/hub/retry.js';
import type { Progress } from '../../src/stage/stage-type.js';
import { messageFrom, Setting } from '../support/hub-setting.js';

const bytes = Buffer.from(Uint8Array.from({ length: 80_000 }, (_, i) => (i * 31) % 253));

async function withData(t: TestContext) {
  const setting = await Setting.open(t);
  setting.server.commit('dataset', 'me/data', { 'train.parquet': bytes });
  const repository = await setting.repository('dataset', 'me/data');
  setting.server.take();
  return { setting, repository, fault: setting.server.faults };
}

test('a download is resumed wherever it was cut off, and progress counts bytes', async (t) => {
  const { setting, repository, fault } = await withData(t);
  const cuts = [10_000, 1, 30_000];
  fault.push(...cuts.map((cutAfter) => ({ host: 'cdn' as const, path: /./, cutAfter, times: 1 })));
  const reported: Progress[] = [];
  await repository.ensure(['train.parquet'], { progress: (progress) => reported.push(progress) });
  const ranges = setting.server
    .take()
    .filter(({ host }) => host === 'cdn')
    .map(({ range }) => range);
  assert.deepEqual(ranges, [undefined, 'bytes=10000-', 'bytes=10001-', 'bytes=40001-']);
  assert.deepEqual(reported.at(-1), {
    done: 80_000,
    total: 80_000,
    unit: 'bytes',
    phase: 'downloading (train.parquet)',
  });
});

test('a connection that goes silent counts as cut off', async (t) => {
  const { setting, fault } = await withData(t);
  fault.push({ host: 'cdn', path: /./, stallAfter: 20_000, times: 1 });
  const { openRepository } = await import('../../src/hub/open-repository.js');
  const impatient = { ...setting.settings(), timeoutMs: 100 };
  await (await openRepository({ type: 'dataset', id: 'me/data' }, 'main', { settings: impatient })).ensure([
    'train.parquet',
  ]);
  assert.ok(setting.server.take().some(({ range }) => range === 'bytes=20000-'));
});

test('a download that stays cut off, damaged or missing fails and says what to do', async (t) => {
  const { setting, repository, fault } = await withData(t);
  const failing = () => messageFrom(repository.ensure(['train.parquet']));
  fault.push({ host: 'cdn', path: /./, cutAfter: 0 });
  assert.match(await failing(), /127\.0\.0\.1:\d+ cannot be reached|connection was lost/);
  fault.splice(0, 1, { host: 'cdn', path: /./, corrupt: true });
  assert.match(
    await failing(),
    /'train\.parquet' of dataset 'me\/data' arrived corrupted[\s\S]*expected digest [0-9a-f]{64}[\s\S]*downloaded twice/,
  );
  assert.deepEqual(readdirSync(setting.blobs('datasets--me--data')), []);
  fault.splice(0, 1, {
    host: 'hub',
    path: /resolve/,
    status: 404,
    headers: { 'x-error-code': 'EntryNotFound' },
  });
  assert.match(await failing(), /no longer has a file 'train\.parquet'/);
  assert.match(await messageFrom(repository.ensure(['test.parquet'])), /has no file 'test\.parquet'/);
  fault.splice(0, 1, { host: 'hub', path: /resolve/, status: 503 });
  assert.match(await failing(), /the Hub failed to serve dataset 'me\/data'\n {2}got {6}status 503/);
});

test('an abort ends a download at once, and what has arrived is kept', async (t) => {
  const { setting, repository, fault } = await withData(t);
  fault.push({ host: 'cdn', path: /./, stallAfter: 20_000 });
  const controller = new AbortController();
  const ensuring = repository.ensure(['train.parquet'], {
    signal: controller.signal,
    progress: ({ done }) => done === 20_000 && controller.abort(),
  });
  await assert.rejects(ensuring, { name: 'AbortError' });
  const [partial] = readdirSync(setting.blobs('datasets--me--data'));
  assert.match(partial!, /^[0-9a-f]{64}\.etude\.incomplete$/);
});

test('a file that does not fit on the disk is refused before it is fetched', async (t) => {
  const { setting } = await withData(t);
  const size = 2 ** 50;
  const lfs = { oid: 'a'.repeat(64), size, pointerSize: 1 };
  const { ensure } = await listing(t, setting, [
    { type: 'file', path: 'huge.parquet', size, oid: 'b'.repeat(40), lfs },
  ]);
  assert.match(await messageFrom(ensure(['huge.parquet'])), /disk full[\s\S]*HF_HUB_CACHE/);
});

test('a disk that fills up in the middle of a download is reported, and what has arrived is kept', async (t) => {
  const { setting, repository } = await withData(t);
  const handle = await open(join(setting.home, 'probe'), 'w');
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  const write = prototype.write;
  let left = 1;
  const mocked = t.mock.method(prototype, 'write', function (this: typeof handle, ...args: never[]) {
    return left-- > 0 ? (write as (...args: never[]) => unknown).apply(this, args) : Promise.reject(full);
  } as never);
  assert.match(
    await messageFrom(repository.ensure(['train.parquet'])),
    /disk full\n {2}got {6}'train\.parquet' has 80000 bytes\n.*what was downloaded is kept/,
  );
  mocked.mock.restore();
  setting.server.take();
  await repository.ensure(['train.parquet']);
  assert.ok(setting.server.take().some(({ range }) => range !== undefined));
});

test('a cache that is not writable is reported with its folder', async (t) => {
  const { setting } = await withData(t);
  const refused = Object.assign(new Error('no'), { code: 'EROFS' });
  const repository = await setting.repository('dataset', 'me/data');
  t.mock.method(fs, 'mkdir', () => Promise.reject(refused));
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const message = await messageFrom(repository.ensure(['train.parquet']));
  assert.match(message, /the cache of the Hugging Face Hub is not writable\n.*HF_HUB_CACHE/);
  assert.ok(message.includes(join(setting.home, 'hub')));
});

test('names and digests that would point outside the cache are refused', async (t) => {
  const { setting } = await withData(t);
  const oid = 'b'.repeat(40);
  for (const path of ['../../evil', '/etc/passwd', 'a/../../b', '', 'a//b', 'a\u0000b']) {
    assert.equal(isSafePath(path), false);
    const message = await messageFrom(listing(t, setting, [{ type: 'file', path, size: 1, oid }]));
    assert.match(message, /name points outside its folder/);
  }
  const evil = { type: 'file', path: 'a', size: 1, oid: '../../../evil' };
  assert.match(await messageFrom(listing(t, setting, [evil])), /file list cannot be read/);
  assert.match(
    await messageFrom(setting.repository('dataset', 'me/data', '../../x')),
    /not a valid revision/,
  );
});

test('an answer that no Hub gives is reported as such', async (t) => {
  const setting = await Setting.open(t);
  const server = createServer((_, response) => response.end('<html>sign in</html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const opening = setting.repository('model', 'me/model', 'main', {
    HF_ENDPOINT: `http://127.0.0.1:${port}`,
  });
  assert.match(await messageFrom(opening), /does not answer like the Hugging Face Hub[\s\S]*HF_ENDPOINT/);
});

test('each refusal says what it is and what to do', async (t) => {
  const setting = await Setting.open(t);
  setting.server.commit('dataset', 'me/gated', { 'a.parquet': bytes }, { gated: true });
  const open = (id: string, env = {}, revision?: string) => setting.repository('dataset', id, revision, env);
  assert.match(
    await messageFrom(open('me/none')),
    /no dataset 'me\/none' on the Hub, and no local folder of that name/,
  );
  assert.match(await messageFrom(open('me/gated', {}, 'v9')), /dataset 'me\/gated' has no revision 'v9'/);
  setting.server.token = 'hf_right';
  const gated = await open('me/gated', { HF_TOKEN: 'hf_right' });
  setting.server.token = 'hf_other';
  const refused = await messageFrom(gated.ensure(['a.parquet']));
  assert.match(refused, /rejected the token[\s\S]*from HF_TOKEN/);
  assert.doesNotMatch(refused, /hf_right/);
  const { openRepository } = await import('../../src/hub/open-repository.js');
  const anonymous = await openRepository({ type: 'dataset', id: 'me/gated' }, undefined, {
    settings: setting.settings({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }),
  });
  assert.match(
    await messageFrom(anonymous.ensure(['a.parquet'])),
    /is gated: access must be requested[\s\S]*datasets\/me\/gated, then provide a token/,
  );
});

test('the pause before a retry is the one the Hub asks for, unless that is too long', async () => {
  const failing = (retryAfter: number) => {
    let times = 0;
    const action = async () => {
      times += 1;
      throw new HubError('busy', { status: 429, transient: true, retryAfter });
    };
    return { action, count: () => times };
  };
  const soon = failing(0.001);
  await assert.rejects(retrying(soon.action, { attempts: 3, backoffMs: 60_000 }), /busy/);
  assert.equal(soon.count(), 3);
  const late = failing(3600);
  await assert.rejects(retrying(late.action, { attempts: 3, backoffMs: 1 }), /busy/);
  assert.equal(late.count(), 1);
});

/** A repository with this listing, from its own server. */
async function listing(t: TestContext, setting: Setting, entries: unknown[]) {
  const server = createServer((request, response) => {
    response.end(JSON.stringify(request.url!.includes('/tree/') ? entries : { sha: 'c'.repeat(40) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const env = { HF_ENDPOINT: `http://127.0.0.1:${port}`, HF_HOME: join(setting.home, String(port)) };
  return setting.repository('dataset', 'me/data', 'main', env);
}
