import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectGarbage } from '../../../src/pipeline/cache/gc/collect-garbage.js';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import { sha256 } from '../../../src/util/sha256.js';
import { startChild, tempFolder } from '../../support/cache.js';

test('killed in the middle of writing, five times over: every object and entry that exists is right', async () => {
  const dir = tempFolder();
  const writers = [0, 1, 2, 3, 4].map((i) =>
    startChild('pipeline/cache/children/write-forever.ts', dir, `writer ${i}`),
  );
  await Promise.all(writers.map(({ said }) => said('writing')));
  for (const { child, ended } of writers) {
    await sleep(Math.random() * 60);
    child.kill('SIGKILL');
    await ended;
  }

  const objects = readdirSync(join(dir, 'objects')).flatMap((folder) =>
    readdirSync(join(dir, 'objects', folder)).map((name) => ({ folder, name })),
  );
  assert.ok(objects.length >= 5);
  for (const { folder, name } of objects) {
    assert.equal(sha256(readFileSync(join(dir, 'objects', folder, name))), folder + name);
  }
  const warnings: string[] = [];
  const cache = await openCache(dir, { warn: (text) => warnings.push(text) });
  const entries = await cache.entriesOf('load');
  assert.ok(entries.length >= 5);
  for (const { fingerprint } of entries) {
    assert.equal((await cache.lookup(fingerprint, { verify: true })).type, 'hit');
  }
  assert.deepEqual(warnings, []);

  const { removed } = await collectGarbage(cache);
  assert.equal(removed.temporaries.count <= 5, true);
  assert.deepEqual(readdirSync(join(dir, 'tmp')), []);
});

test('what several processes learnt about files is merged, and a corrupt memory only costs hashing', async () => {
  const dir = tempFolder();
  const caches = await Promise.all([openCache(dir), openCache(dir), openCache(dir)]);
  const refs = await Promise.all(caches.map((cache, i) => cache.objects.put(Buffer.from(`object ${i}`))));
  for (const cache of caches) await cache.flush();
  const known = Object.keys(JSON.parse(readFileSync(join(dir, 'known', 'objects.json'), 'utf8')).files);
  assert.deepEqual(known.sort(), refs.map(({ digest }) => digest).sort());

  for (const text of ['{"format":1,"files":{"a":', '{"format":1,"files":null}', '[]', '']) {
    rmSync(join(dir, 'known', 'objects.json'));
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(dir, 'known', 'objects.json'), text);
    const cache = await openCache(dir);
    assert.equal(Buffer.from(await cache.objects.read(refs[0]!)).toString(), 'object 0');
    await cache.flush();
    assert.match(readFileSync(join(dir, 'known', 'objects.json'), 'utf8'), new RegExp(refs[0]!.digest));
  }
});

test('flush writes nothing if nothing was learnt', async () => {
  const dir = tempFolder();
  const writer = await openCache(dir);
  const ref = await writer.objects.put(Buffer.from('object'));
  await writer.flush();
  const before = statSync(join(dir, 'known', 'objects.json'));
  const cache = await openCache(dir);
  await cache.objects.read(ref);
  await cache.flush();
  assert.equal(statSync(join(dir, 'known', 'objects.json')).ino, before.ino);
});
