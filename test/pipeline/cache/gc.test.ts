import assert from 'node:assert/strict';
import {
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
import { ownIdentity } from '../../../src/files/process-identity.js';
import { collectGarbage } from '../../../src/pipeline/cache/gc/collect-garbage.js';
import { type DiskCache, openCache } from '../../../src/pipeline/cache/open-cache.js';
import { pin, pins, unpin } from '../../../src/pipeline/cache/pins.js';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import { keepFor } from '../../../src/pipeline/plan/continuation.js';
import { objectsOf } from '../../../src/stage/artifact.js';
import { EtudeError } from '../../../src/util/errors.js';
import { commitText, makeOld, objectFile, tempFolder } from '../../support/cache.js';

const DAY = 24;

/** Commits an entry that was last used `hours` ago. */
async function commitOld(cache: DiskCache, text: string, hours: number): Promise<Entry> {
  const entry = await commitText(cache, text);
  makeOld(join(cache.dir, 'index', 'load', `${entry.fingerprint}.json`), hours);
  for (const ref of objectsOf(entry.artifact)) makeOld(objectFile(cache.dir, ref), hours);
  return entry;
}

async function kinds(cache: DiskCache, entries: Entry[]): Promise<string[]> {
  const fresh = await openCache(cache.dir);
  return Promise.all(entries.map(async ({ fingerprint }) => (await fresh.lookup(fingerprint)).type));
}

test('results not used for 30 days are removed with their objects, the rest stays', async () => {
  const cache = await openCache(tempFolder());
  const entries = [
    await commitOld(cache, 'old', 31 * DAY),
    await commitOld(cache, 'newer', 29 * DAY),
    await commitText(cache, 'new'),
  ];
  const report = await collectGarbage(cache);
  assert.deepEqual(await kinds(cache, entries), ['miss', 'hit', 'hit']);
  assert.deepEqual(
    [report.removed.entries, report.removed.objects, report.kept.entries],
    [1, { count: 1, bytes: 3 }, 2],
  );
  assert.ok(report.bytesFreed > 3);
});

test('a dry run reports the same and removes nothing', async () => {
  const cache = await openCache(tempFolder());
  const entry = await commitOld(cache, 'old', 31 * DAY);
  const dry = await collectGarbage(cache, { dryRun: true });
  assert.deepEqual(await kinds(cache, [entry]), ['hit']);
  makeOld(join(cache.dir, 'index', 'load', `${entry.fingerprint}.json`), 31 * DAY);
  const real = await collectGarbage(cache);
  assert.deepEqual({ ...real, dryRun: true }, dry);
});

test('an object that another entry still references stays', async () => {
  const cache = await openCache(tempFolder());
  const old = await commitOld(cache, 'shared', 40 * DAY);
  const { entryOf, partsOf } = await import('../../support/cache.js');
  const young = entryOf(partsOf({ other: 1 }), old.artifact.kind === 'report' ? old.artifact.files : {});
  await cache.commit(young);
  const { removed } = await collectGarbage(cache);
  assert.deepEqual(await kinds(cache, [old, young]), ['miss', 'hit']);
  assert.equal(removed.objects.count, 0);
});

test('to reach a size, the least recently used results are removed first', async () => {
  const cache = await openCache(tempFolder());
  const entries = [];
  for (const [text, hours] of [
    ['a', 5],
    ['b', 9],
    ['c', 2],
    ['d', 7],
  ] as const) {
    entries.push(await commitOld(cache, text.repeat(1000), hours));
  }
  const report = await collectGarbage(cache, { maxBytes: 2500 });
  assert.deepEqual(await kinds(cache, entries), ['hit', 'miss', 'hit', 'miss']);
  assert.equal(report.kept.objects.bytes, 2000);
});

test('a hit makes an entry recent', async () => {
  const cache = await openCache(tempFolder());
  const entry = await commitOld(cache, 'old', 31 * DAY);
  await cache.lookup(entry.fingerprint);
  await collectGarbage(cache, { maxBytes: 0 });
  assert.deepEqual(await kinds(cache, [entry]), ['hit']);
});

test('pinned results stay, until they are unpinned', async () => {
  const cache = await openCache(tempFolder());
  const entries = [await commitOld(cache, 'best', 90 * DAY), await commitOld(cache, 'named', 90 * DAY)];
  await pin(cache.dir, 'run-1', [entries[0]!.fingerprint]);
  await collectGarbage(cache, {
    maxBytes: 0,
    roots: [{ name: 'a.lock', fingerprints: [entries[1]!.fingerprint] }],
  });
  assert.equal((await pins(cache.dir)).size, 1);
  assert.ok(objectsOf(entries[0]!.artifact).every((ref) => existsSync(objectFile(cache.dir, ref))));
  assert.equal(await unpin(cache.dir, 'run-1'), true);
  assert.equal(await unpin(cache.dir, 'run-1'), false);
  await collectGarbage(cache, { maxBytes: 0 });
  assert.deepEqual(await kinds(cache, entries), ['miss', 'miss']);
});

test('what roots name stays with its objects and chunks, and the report says which root keeps what', async () => {
  const cache = await openCache(tempFolder());
  const [old, young, loose] = [
    await commitOld(cache, 'old', 90 * DAY),
    await commitText(cache, 'young'),
    await commitOld(cache, 'loose', 90 * DAY),
  ];
  for (const { artifact } of [old, loose]) {
    await cache.chunks.set(artifact === old.artifact ? 'of old' : 'of loose', {
      rows: 1,
      columns: artifact.kind === 'report' ? artifact.files : {},
    });
  }
  for (const { path } of await cache.chunks.all()) makeOld(path, 90 * DAY);
  const roots = [
    { name: 'a.lock', fingerprints: [old.fingerprint, young.fingerprint, '0'.repeat(64)] },
    { name: 'b.lock', fingerprints: [young.fingerprint] },
  ];
  const dry = await collectGarbage(cache, { roots, dryRun: true });
  assert.deepEqual(dry.kept.roots, [
    { name: 'a.lock', entries: 2, saved: 1 },
    { name: 'b.lock', entries: 1, saved: 0 },
  ]);
  assert.equal(dry.removed.entries, 1);
  const real = await collectGarbage(cache, { roots, maxBytes: 0 });
  assert.deepEqual([real.removed.entries, real.removed.chunks], [1, 1]);
  assert.deepEqual(await kinds(cache, [old, young, loose]), ['hit', 'hit', 'miss']);
  assert.ok((await cache.chunks.get('of old')) !== undefined);
});

test('nothing is collected while a pin is unreadable, and no pin leads outside', async () => {
  const cache = await openCache(tempFolder());
  await pin(cache.dir, 'run-1', ['1'.repeat(64)]);
  const path = join(cache.dir, 'pins', 'run-1.json');
  const whole = readFileSync(path, 'utf8');
  for (const damaged of ['{', whole.replace('["1', '["2'), '{"fingerprints": []}']) {
    writeFileSync(path, damaged);
    await assert.rejects(
      collectGarbage(cache),
      (error) => error instanceof EtudeError && /a pin is damaged/.test(error.message),
    );
  }
  rmSync(path);
  symlinkSync('nowhere', path);
  await assert.rejects(pins(cache.dir), /a pin is damaged/);
  await assert.rejects(pin(cache.dir, '../x', []), /not a name/);
});

test('while a run holds a lock, everything that was made or used since it began stays', async () => {
  const cache = await openCache(tempFolder());
  const used = await commitOld(cache, 'input of the run', 20);
  const before = await commitOld(cache, 'from before', 26);
  const lock = await cache.lock('training', { runId: 'r' });
  const path = join(cache.dir, 'locks', 'training.lock');
  const since = new Date(Date.now() - 24 * 3_600_000).toISOString();
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), since }));
  const loose = await cache.objects.put(Buffer.from('not yet in an entry'));
  makeOld(objectFile(cache.dir, loose), 23);

  await collectGarbage(cache, { maxBytes: 0 });
  assert.deepEqual(await kinds(cache, [used, before]), ['hit', 'miss']);
  assert.ok(existsSync(objectFile(cache.dir, loose)));
  await lock.release();
  await collectGarbage(cache, { maxBytes: 0 });
  assert.ok(!existsSync(objectFile(cache.dir, loose)));
});

test('writers at work lose nothing to a collection that spares only what is new', async () => {
  const cache = await openCache(tempFolder());
  const other = await openCache(cache.dir);
  const entries: Entry[] = [];
  const writing = (async () => {
    for (let i = 0; i < 60; i++) entries.push(await commitText(other, `text ${i % 7} ${i}`));
  })();
  for (let i = 0; i < 10; i++) await collectGarbage(cache, { maxBytes: 0, graceMinutes: 1 });
  await writing;
  assert.ok((await kinds(cache, entries)).every((type) => type === 'hit'));
});

test('what a result keeps to be continued ages by itself: its objects are collected, the result stays', async () => {
  const cache = await openCache(tempFolder());
  const entries = [await commitText(cache, 'weights'), await commitText(cache, 'others')];
  for (const [index, { artifact, fingerprint }] of entries.entries()) {
    const moments = await cache.objects.put(Buffer.from(`moments ${index}`));
    makeOld(objectFile(cache.dir, moments), 40 * DAY);
    await keepFor(fingerprint, { weights: objectsOf(artifact)[0]!, moments }, cache);
    if (index > 0) continue;
    for (const { path } of await cache.chunks.all()) makeOld(path, 40 * DAY);
  }
  const { removed } = await collectGarbage(cache);
  assert.deepEqual(await kinds(cache, entries), ['hit', 'hit']);
  assert.deepEqual([removed.entries, removed.chunks, removed.objects.count], [0, 1, 1]);
});

test('finished chunks live as long as the entries that contain their objects', async () => {
  const cache = await openCache(tempFolder());
  const entry = await commitOld(cache, 'column', 10 * DAY);
  const columns = entry.artifact.kind === 'report' ? entry.artifact.files : {};
  const loose = await cache.objects.put(Buffer.from('loose'));
  await cache.chunks.set('held', { rows: 1, columns });
  await cache.chunks.set('loose', { rows: 1, columns: { a: loose } });
  for (const { path } of await cache.chunks.all()) makeOld(path, 40 * DAY);
  makeOld(objectFile(cache.dir, loose), 40 * DAY);
  const { removed } = await collectGarbage(cache);
  assert.equal(removed.chunks, 1);
  assert.ok((await cache.chunks.get('held')) !== undefined);
  assert.equal(await cache.chunks.get('loose'), undefined);
});

test('leftovers of dead processes and of finished or abandoned stages are removed, those in use stay', async () => {
  const cache = await openCache(tempFolder());
  const entry = await commitOld(cache, 'done', 3);
  const { machine, pid, started = '' } = ownIdentity();
  for (const name of [
    `${machine}-${pid}-${started}-0-mine`,
    `${machine}-${2 ** 22 + 1}-1-0-dead`,
    'far-1-1-0-young',
    'far-1-1-0-old',
  ]) {
    writeFileSync(join(cache.dir, 'tmp', name), 'half');
  }
  makeOld(join(cache.dir, 'tmp', 'far-1-1-0-old'), 2 * DAY);
  const scratch = { working: 9 * DAY, unfinished: 3 * DAY, forgotten: 9 * DAY, [entry.fingerprint]: 3 };
  for (const [name, hours] of Object.entries(scratch)) {
    const folder = await cache.scratch(name);
    writeFileSync(join(folder, 'state'), 'state');
    makeOld(join(folder, 'state'), hours);
    makeOld(folder, hours);
  }
  const lock = await cache.lock('working', { runId: 'r' });
  mkdirSync(join(cache.dir, 'tmp', 'far-2-2-0-old'));
  makeOld(join(cache.dir, 'tmp', 'far-2-2-0-old'), 2 * DAY);
  await collectGarbage(cache);
  await lock.release();
  assert.deepEqual(
    readdirSync(join(cache.dir, 'tmp')).sort(),
    [`${machine}-${pid}-${started}-0-mine`, 'far-1-1-0-young'].sort(),
  );
  assert.deepEqual(readdirSync(join(cache.dir, 'scratch')).sort(), ['unfinished', 'working']);
});

test('dead locks, old run records and leftovers are removed; what is alive, new or pinned stays', async () => {
  const dir = tempFolder();
  const cache = await openCache(join(dir, '.etude'));
  const held = await cache.lock('held', { runId: 'r' });
  const lock = (name: string, pid: number) =>
    writeFileSync(
      join(cache.dir, 'locks', name),
      JSON.stringify({ ...ownIdentity(), pid, runId: 'r', since: '', token: 'left' }),
    );
  lock('dead.lock', 2 ** 22 + 1);
  lock('gone.lock.after-left', 2 ** 22 + 2);
  symlinkSync('nowhere', join(cache.dir, 'locks', 'link.lock'));
  const folder = (...names: string[]) => {
    const path = join(...names);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'file'), 'x');
    for (const one of [join(path, 'file'), path]) makeOld(one, 100 * DAY);
    return path;
  };
  const runs = Array.from({ length: 23 }, (_, i) => `20260101-0000${String(i).padStart(2, '0')}-abcd`);
  for (const run of runs) folder(cache.dir, 'runs', run);
  await pin(cache.dir, runs[1]!, []);
  const left = [
    folder(cache.dir, 'models', 'p', `m.${2 ** 22 + 1}.part`),
    folder(cache.dir, 'models', 'p', `m.${2 ** 22 + 1}.old`),
    folder(dir, `.etude-unbundle.${2 ** 22 + 1}-0123abcd.part`),
    folder(cache.dir, `.etude-unbundle.${2 ** 22 + 1}-0123abcd.part`),
  ];
  left.push(folder(cache.dir, 'jobs', 'old'));
  const stays = [
    folder(cache.dir, 'jobs', 'held'),
    folder(cache.dir, 'models', 'p', 'm'),
    folder(dir, `.etude-unbundle.${process.pid}-0123abcd.part`),
  ];
  const dry = await collectGarbage(cache, { dryRun: true });
  assert.deepEqual(dry.removed.runs.count, 3);
  const { removed } = await collectGarbage(cache);
  assert.deepEqual([removed.locks, removed.runs.count, removed.temporaries.count], [3, 3, 4]);
  assert.deepEqual({ ...dry.removed, runs: removed.runs, temporaries: removed.temporaries }, removed);
  assert.deepEqual(readdirSync(join(cache.dir, 'locks')), ['held.lock']);
  assert.deepEqual(readdirSync(join(cache.dir, 'runs')).sort(), [runs[1], ...runs.slice(3)]);
  assert.deepEqual([...left, ...stays].filter(existsSync), stays);
  await held.release();
});
