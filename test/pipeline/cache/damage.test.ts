import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readShort, readShortSync } from '../../../src/files/regular-file.js';
import { openSeal, sealed } from '../../../src/files/sealed.js';
import { type DiskCache, openCache } from '../../../src/pipeline/cache/open-cache.js';
import { commitText, tempFolder } from '../../support/cache.js';

const facts = { digest: 'f'.repeat(64), imports: ['./late.js'] };

/** A cache with a small file of each kind, and the paths of those files. */
async function kept(): Promise<{ dir: string; fingerprint: string; files: Record<string, string> }> {
  const dir = tempFolder();
  const cache = await openCache(dir);
  const { fingerprint } = await commitText(cache, 'text');
  const ref = await cache.objects.put(Buffer.from('column'));
  await cache.chunks.set('key', { rows: 3, columns: { audio: ref } });
  await cache.chunks.set('other', { rows: 4, columns: { audio: ref } });
  await cache.code.add('c'.repeat(64), { files: { 'a.js': 'd' }, packages: {} });
  cache.modules.set('/a.js', '1.2.3.4', facts);
  cache.files.set('/a.wav', '1.2.3.4', 'e'.repeat(64));
  await cache.flush();
  const all = readdirSync(dir, { recursive: true }).map(String);
  const find = (start: string) =>
    all.filter((name) => name.startsWith(start) && name.endsWith('.json')).sort();
  const [chunk, other] = find('chunks/');
  const files = {
    entry: find('index/')[0]!,
    chunk: chunk!,
    other: other!,
    code: find('code/')[0]!,
    modules: 'known/modules.json',
    files: 'known/files.json',
    objects: 'known/objects.json',
  };
  return { dir, fingerprint, files };
}

/** Everything that a cache says about what `kept` stored: each is right or absent, never anything else. */
async function said(dir: string, fingerprint: string): Promise<{ said: unknown[]; warnings: string[] }> {
  const warnings: string[] = [];
  const cache: DiskCache = await openCache(dir, { warn: (text) => warnings.push(text) });
  const found = await cache.lookup(fingerprint);
  const answers = [
    found.type,
    (await cache.chunks.get('key'))?.rows,
    (await cache.chunks.get('other'))?.rows,
    (await cache.code.get('c'.repeat(64)))?.files,
    cache.modules.get('/a.js', '1.2.3.4'),
    cache.files.get('/a.wav', '1.2.3.4'),
  ];
  return { said: answers, warnings };
}

const right = ['hit', 3, 4, { 'a.js': 'd' }, facts, 'e'.repeat(64)];

test('no flipped bit, truncation or swap in a small file of the cache is ever believed', async () => {
  const { dir, fingerprint, files } = await kept();
  assert.deepEqual(await said(dir, fingerprint), { said: right, warnings: [] });
  const same = async (what: string) => {
    const got = await said(dir, fingerprint);
    for (const [i, one] of got.said.entries())
      if (![undefined, 'miss'].includes(one as string)) assert.deepEqual(one, right[i], what);
    // Only listings, which explain and decide nothing, get no warning.
    if (!what.startsWith('code')) assert.notEqual(got.warnings.length, 0, what);
  };
  for (const [kind, name] of Object.entries(files)) {
    const path = join(dir, name);
    const whole = readFileSync(path);
    const step = Math.max(1, Math.floor(whole.length / 40));
    for (let at = 0; at < whole.length; at += step) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 1 << (at % 7);
      writeFileSync(path, bytes);
      await same(`${kind}, bit ${at % 7} of byte ${at}`);
    }
    for (const bytes of [
      whole.subarray(0, whole.length >> 1),
      Buffer.alloc(whole.length),
      '',
      '[]',
      'null',
    ]) {
      writeFileSync(path, bytes);
      await same(`${kind} cut or zeroed`);
    }
    writeFileSync(path, whole);
  }
  const swap = (a: string, b: string) => {
    renameSync(a, `${a}.aside`);
    renameSync(b, a);
    renameSync(`${a}.aside`, b);
  };
  const paths = Object.values(files).map((name) => join(dir, name));
  for (const [i, a] of paths.entries()) {
    const b = paths[(i + 1) % paths.length]!;
    swap(a, b);
    await same(`swapped ${a} and ${b}`);
    swap(a, b);
  }
  assert.deepEqual(await said(dir, fingerprint), { said: right, warnings: [] });
});

test('something else in place of a file is refused at once, and overwritten', async () => {
  const { dir, fingerprint, files } = await kept();
  const places: ((path: string) => void)[] = [
    (path) => mkdirSync(join(path, 'folder'), { recursive: true }),
    (path) => symlinkSync('nowhere', path),
    (path) => symlinkSync(path, path),
  ];
  if (process.platform !== 'win32') places.push((path) => execFileSync('mkfifo', [path]));
  for (const put of places) {
    const whole = Object.values(files).map(
      (name) => [join(dir, name), readFileSync(join(dir, name))] as const,
    );
    for (const [path] of whole) {
      rmSync(path);
      put(path);
    }
    const got = await said(dir, fingerprint);
    assert.deepEqual(got.said, ['miss', ...Array(5).fill(undefined)]);
    const cache = await openCache(dir);
    await commitText(cache, 'text');
    const ref = await cache.objects.put(Buffer.from('column'));
    await cache.chunks.set('key', { rows: 3, columns: { audio: ref } });
    cache.files.set('/a.wav', '1.2.3.4', 'e'.repeat(64));
    await cache.flush();
    assert.deepEqual((await said(dir, fingerprint)).said.slice(0, 2), ['hit', 3]);
    for (const [path, bytes] of whole) {
      rmSync(path, { recursive: true, force: true });
      writeFileSync(path, bytes);
    }
  }
});

test('an entry of a version that wrote no seals is a hit if it agrees with its digests', async () => {
  const { dir, fingerprint, files } = await kept();
  const path = join(dir, files.entry!);
  const json = JSON.stringify(
    JSON.parse(readFileSync(path, 'utf8'), (key, value) => (key === 'sha256' ? undefined : value)),
    null,
    1,
  );
  writeFileSync(path, json);
  assert.equal((await said(dir, fingerprint)).said[0], 'hit');
  writeFileSync(path, json.replace('"seconds": 1', '"seconds": "1"'));
  assert.equal((await said(dir, fingerprint)).said[0], 'miss');
});

test('a seal is JSON and valid for exactly what was sealed', () => {
  const text = sealed('{"a":1}');
  assert.deepEqual(Object.keys(JSON.parse(text)), ['sha256', 'a']);
  assert.deepEqual(openSeal(text), { type: 'whole', json: { a: 1 }, bytes: text.length });
  for (const other of ['{"a":1}', text.replace('1}', '2}'), text.replace('1}', '1 }'), `${text} `, '', 'x'])
    assert.deepEqual(openSeal(other), { type: 'damaged' }, other);
});

test('an empty format file, left by a full disk, is not another version', async () => {
  const dir = tempFolder();
  writeFileSync(join(dir, 'format'), '');
  await openCache(dir);
  assert.equal(readFileSync(join(dir, 'format'), 'utf8'), '1\n');
  assert.equal(existsSync(join(dir, 'objects')), true);
});

test('a cache in the making has unfinished files only where garbage collection looks for them', async () => {
  const dir = tempFolder();
  const seen = new Set<string>();
  const watcher = watch(dir, (_, name) => seen.add(String(name)));
  try {
    await openCache(dir);
    while (!seen.has('format')) await delay(5);
  } finally {
    watcher.close();
  }
  assert.deepEqual([...seen].sort(), readdirSync(dir).sort());
});

test('what a user names is read only if it is a file', { skip: process.platform === 'win32' }, async () => {
  const dir = tempFolder();
  const [pipe, folder, loop] = ['pipe', 'folder', 'loop'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  execFileSync('mkfifo', [pipe]);
  mkdirSync(folder);
  symlinkSync(loop, loop);
  for (const [path, message] of [
    [pipe, /a pipe/],
    [folder, /a folder/],
    [loop, /points to itself/],
    ['/dev/null', /a device/],
  ] as const) {
    const explains = (error: unknown) => message.test((error as { describe(): string }).describe());
    await assert.rejects(readShort(path), explains);
    assert.throws(() => readShortSync(path), explains);
  }
  writeFileSync(join(dir, 'long'), 'xxx');
  await assert.rejects(readShort(join(dir, 'long'), 2), /too large/);
  assert.equal((await readShort(join(dir, 'long'), 3)).toString(), 'xxx');
});
