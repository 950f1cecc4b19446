import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { messageFrom, Setting } from '../support/hub-setting.js';

const big = Buffer.from(Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7) % 251));
const FOLDER = 'models--me--model';

async function withModel(t: Parameters<typeof Setting.open>[0]) {
  const setting = await Setting.open(t);
  const commit = setting.server.commit('model', 'me/model', { 'config.json': '{}', 'sub/model.bin': big });
  return {
    setting,
    commit,
    open: (revision?: string, env = {}) => setting.repository('model', 'me/model', revision, env),
  };
}

test('files are stored as blobs, links and a list, laid out as by huggingface_hub', async (t) => {
  const { setting, commit, open } = await withModel(t);
  const repository = await open();
  assert.equal(repository.commit, commit);
  const { path, size, digest } = repository.files.get('sub/model.bin')!;
  assert.equal(size, big.length);
  await repository.ensure(['config.json', 'sub/model.bin']);
  assert.deepEqual(readFileSync(path), big);
  assert.equal(readlinkSync(path), join('..', '..', '..', 'blobs', digest!));
  // For a small file, the Hub gives git's digest.
  const small = readlinkSync(repository.files.get('config.json')!.path);
  assert.equal(small, join('..', '..', 'blobs', '9e26dfeeb6e641a33dae4961196235bdb965b21b'));
  const root = join(setting.home, 'hub', FOLDER);
  assert.equal(readFileSync(join(root, 'refs/main'), 'utf8'), commit);
  const { format_version, files } = JSON.parse(readFileSync(join(root, 'trees', `${commit}.json`), 'utf8'));
  assert.equal(format_version, 1);
  assert.deepEqual(Object.keys(files['sub/model.bin']), ['size', 'blob_id', 'lfs_sha256', 'lfs_size']);
});

test('a commit that is in the cache makes no request, nor does anything offline', async (t) => {
  const { setting, commit, open } = await withModel(t);
  await (await open()).ensure(['config.json', 'sub/model.bin']);
  setting.server.take();
  await (await open(commit)).ensure(['config.json', 'sub/model.bin']);
  await (await open('main', { HF_HUB_OFFLINE: '1' })).ensure(['sub/model.bin']);
  assert.deepEqual(setting.server.take(), []);
});

test('what Python has fetched file by file works offline, with digests from the names of blobs', async (t) => {
  const { setting, commit, open } = await withModel(t);
  await (await open()).ensure(['config.json', 'sub/model.bin']);
  rmSync(join(setting.home, 'hub', FOLDER, 'trees'), { recursive: true });
  const offline = await open('main', { HF_HUB_OFFLINE: '1' });
  assert.equal(offline.commit, commit);
  assert.deepEqual([...offline.files.keys()].sort(), ['config.json', 'sub/model.bin']);
  assert.match(offline.files.get('sub/model.bin')!.digest!, /^[0-9a-f]{64}$/);
  await offline.ensure(['config.json']);
});

test('when a branch moves, new files are fetched and the others linked', async (t) => {
  const { setting, open } = await withModel(t);
  await (await open()).ensure(['sub/model.bin']);
  const commit = setting.server.commit('model', 'me/model', {
    'config.json': '{"new": 1}',
    'sub/model.bin': big,
  });
  setting.server.take();
  const repository = await open();
  assert.equal(repository.commit, commit);
  await repository.ensure(['sub/model.bin', 'config.json']);
  assert.ok(
    setting.server.take().every(({ host }) => host === 'hub'),
    'the blob was there',
  );
});

test('a list of many pages is read to its end', async (t) => {
  const setting = await Setting.open(t);
  const names = Array.from({ length: 25 }, (_, i) => `f${i}.txt`);
  setting.server.pageSize = 10;
  setting.server.commit('dataset', 'me/many', Object.fromEntries(names.map((name) => [name, name])));
  const repository = await setting.repository('dataset', 'me/many');
  assert.deepEqual([...repository.files.keys()].sort(), names.sort());
});

test('a damaged file in the cache is fetched again, and refused offline', async (t) => {
  const { setting, open } = await withModel(t);
  const { files, ensure } = await open();
  await ensure(['sub/model.bin']);
  const blob = join(setting.blobs(FOLDER), files.get('sub/model.bin')!.digest!);
  writeFileSync(blob, Buffer.alloc(big.length));
  const offline = await open('main', { HF_HUB_OFFLINE: '1' });
  assert.match(
    await messageFrom(offline.ensure(['sub/model.bin'])),
    /'sub\/model\.bin' of model 'me\/model' is not in the cache/,
  );
  await (await open()).ensure(['sub/model.bin']);
  assert.deepEqual(readFileSync(blob), big);
});

test('two concurrent runs download a blob once', async (t) => {
  const { setting, open } = await withModel(t);
  const [one, other] = [await open(), await open()];
  const notes: string[] = [];
  await Promise.all(
    [one, other].map((each) => each.ensure(['sub/model.bin'], { log: (text) => notes.push(text) })),
  );
  assert.equal(setting.server.take().filter(({ host }) => host === 'cdn').length, 1);
  assert.match(notes[0]!, /'sub\/model\.bin' is being downloaded by process \d+/);
  assert.deepEqual(readdirSync(join(setting.home, 'hub/.locks', FOLDER)), []);
});

test('without a network the last commit is used, with a warning; without that it is an error', async (t) => {
  const { setting, commit, open } = await withModel(t);
  await open();
  await setting.server.close();
  assert.equal((await open()).commit, commit);
  assert.match(
    setting.warnings.join(),
    /cannot be reached.*using the last known revision of model 'me\/model'/,
  );
  assert.match(
    await messageFrom(open('v2')),
    /cannot be reached\n {2}got {6}connection refused \(ECONNREFUSED\)\n.*HF_HUB_OFFLINE=1/,
  );
});

test('a range is read without keeping anything', async (t) => {
  const { setting, open } = await withModel(t);
  const repository = await open();
  assert.deepEqual(Buffer.from(await repository.read('sub/model.bin', 1000, 1010)), big.subarray(1000, 1010));
  assert.throws(() => readdirSync(setting.blobs(FOLDER)), /ENOENT/);
});

test('a link in the cache that leads elsewhere is not followed when writing', async (t) => {
  const { setting, open } = await withModel(t);
  const repository = await open();
  const victim = join(setting.home, 'victim');
  writeFileSync(victim, 'mine');
  const { path } = repository.files.get('config.json')!;
  mkdirSync(join(path, '..'), { recursive: true });
  symlinkSync(victim, path);
  await repository.ensure(['config.json']);
  assert.equal(readFileSync(path, 'utf8'), '{}');
  assert.equal(readFileSync(victim, 'utf8'), 'mine');
});

test('where links are impossible, snapshots contain copies', async (t) => {
  const { open } = await withModel(t);
  const refused = Object.assign(new Error('no links here'), { code: 'EPERM' });
  t.mock.method(fs, 'symlink', () => Promise.reject(refused));
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const repository = await open();
  await repository.ensure(['sub/model.bin']);
  const { path } = repository.files.get('sub/model.bin')!;
  assert.ok(lstatSync(path).isFile());
  assert.deepEqual(readFileSync(path), big);
  await (await open('main', { HF_HUB_OFFLINE: '1' })).ensure(['sub/model.bin']);
});
