import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCache } from '../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../src/pipeline/cache/types.js';
import { push } from '../../src/pipeline/remote/push.js';
import { readThrough } from '../../src/pipeline/remote/read-through.js';
import { uploadOf as memoryUpload } from '../../src/pipeline/remote/small-files.js';
import { objectKey, type Remote, type Upload } from '../../src/pipeline/remote/types.js';
import { objectsOf } from '../../src/stage/artifact.js';
import { sha256 } from '../../src/util/sha256.js';
import { commitText, startChild, tempFolder } from './cache.js';

/** Where a remote of some kind is to be, still empty; and a way to look behind it. */
export interface Place {
  /** As `--remote` accepts it. */
  name: string;
  open(): Remote;
  /** Keys that readers see. */
  keys(): string[];
  read(key: string): Buffer;
  /** Replaces the bytes that were pushed by others. */
  spoil(key: string, bytes: string): void | Promise<void>;
  /** Resolves once the store has finished what reached it. */
  settled(): Promise<void>;
  /** What unfinished uploads have left behind. */
  leftovers?(): string[];
}

const { signal } = new AbortController();

export function uploadOf(bytes: Uint8Array | string): Upload {
  return memoryUpload(Buffer.from(bytes));
}

/** Puts a file there. Resolves with whether it is new. */
async function isNew(remote: Remote, key: string, text: string): Promise<boolean> {
  return (await remote.putMany(new Map([[key, uploadOf(text)]]))) === 1;
}

/** What holds for every kind of remote. */
export function testsOfARemote(kind: string, place: () => Promise<Place>): void {
  test(`${kind}: what was pushed is complete, only what is missing moves, and the second push moves nothing`, async () => {
    const cache = await openCache(tempFolder());
    const there = await place();
    const entries = [await commitText(cache, 'one'), await commitText(cache, 'two!')];
    const first = await push(there.open(), cache, entries);
    assert.deepEqual(first, { results: 2, present: 0, objects: 2, bytes: 7 });
    entries.push(await commitText(cache, 'three'));
    const second = await push(there.open(), cache, entries);
    assert.deepEqual(second, { results: 1, present: 2, objects: 1, bytes: 5 });
    const third = await push(there.open(), cache, entries);
    assert.deepEqual(third, { results: 0, present: 3, objects: 0, bytes: 0 });
    assert.deepEqual(wrongKeys(there), []);
    assert.deepEqual(there.leftovers?.() ?? [], []);
  });

  test(`${kind}: an existing entry is never changed`, async () => {
    const remote = (await place()).open();
    await remote.prepare(signal);
    assert.ok(await isNew(remote, 'index/aa/b.json', 'first'));
    assert.ok(!(await isNew(remote, 'index/aa/b.json', 'other')));
    assert.ok(!(await isNew(remote, 'index/aa/b.json', 'longer than that')));
    const got = await remote.get('index/aa/b.json', signal);
    for await (const piece of got!.pieces) assert.equal(Buffer.from(piece).toString(), 'first');
  });

  test(`${kind}: a truncated object is repaired by the next push`, async () => {
    const cache = await openCache(tempFolder());
    const there = await place();
    const entry = await commitText(cache, 'a whole object');
    await push(there.open(), cache, [entry]);
    const key = objectOf(entry);
    await there.spoil(key, 'a wh');
    assert.equal((await push(there.open(), cache, [entry])).objects, 1);
    assert.equal(there.read(key).toString(), 'a whole object');
  });

  test(`${kind}: other bytes under the key of an object are refused by readers`, async () => {
    const cache = await openCache(tempFolder());
    const there = await place();
    const entry = await commitText(cache, 'the bytes of an object');
    await push(there.open(), cache, [entry]);
    await there.spoil(objectOf(entry), 'THE bytes of an object');
    const here = await openCache(tempFolder());
    const warnings: string[] = [];
    const through = readThrough(here, there.open(), { warn: (text) => warnings.push(text) });
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    assert.match(warnings.join(), /invalid object, which is not used: wrong bytes/);
    assert.equal(here.objects.has(objectsOf(entry.artifact)[0]!), false);
    assert.equal(through.isOff, false);
  });

  test(`${kind}: a push killed repeatedly leaves complete objects and no entry too early; the next one finishes`, async () => {
    const there = await place();
    const from = tempFolder();
    const cache = await openCache(from);
    const entries: Entry[] = [];
    for (let i = 0; i < 24; i++) entries.push(await commitText(cache, `${i} `.repeat(100_000)));
    await there.open().prepare(signal);
    let before = 0;
    for (const files of [2, 6, 12, 24]) {
      const { child, ended, said } = startChild('pipeline/remote/children/push.ts', from, there.name);
      // Later in each round, so that it dies in different places.
      await said(`sent ${files}\n`).catch(() => undefined);
      child.kill('SIGKILL');
      await ended;
      await there.settled();
      assert.deepEqual(wrongKeys(there), []);
      const keys = new Set(there.keys());
      const objects = [...keys].filter((key) => key.startsWith('objects/')).length;
      assert.ok(objects >= before);
      before = objects;
      for (const key of keys) {
        if (!key.startsWith('index/')) continue;
        const entry = JSON.parse(there.read(key).toString()) as Entry;
        for (const { digest } of objectsOf(entry.artifact)) assert.ok(keys.has(objectKey(digest)));
      }
    }
    assert.ok(before > 0);
    // What was still in transit when its process died may arrive a little later.
    const last = await push(there.open(), cache, entries);
    assert.ok(last.objects <= 24 - before);
    assert.equal(there.keys().filter((key) => key.startsWith('index/')).length, 24);
    assert.deepEqual(wrongKeys(there), []);
  });

  test(`${kind}: two concurrent pushes both succeed`, async () => {
    const there = await place();
    const cache = await openCache(tempFolder());
    const entries: Entry[] = [];
    for (let i = 0; i < 12; i++) entries.push(await commitText(cache, `${i} `.repeat(10_000)));
    const both = await Promise.all([1, 2].map(() => push(there.open(), cache, entries)));
    assert.equal(both[0]!.results + both[1]!.results, 12);
    assert.deepEqual(wrongKeys(there), []);
    assert.deepEqual(there.leftovers?.() ?? [], []);
  });

  test(`${kind}: where there is something else, nothing is pushed, and reading says so`, async () => {
    const there = await place();
    await there.spoil('cat.jpg', 'x');
    await assert.rejects(there.open().prepare(signal), /not a remote cache/);
    await assert.rejects(there.open().get('index/aa/b.json', signal), /remote cache/);
    assert.deepEqual(there.keys(), ['cat.jpg']);
    await there.spoil('format', 'etude-remote 2\n');
    await assert.rejects(there.open().prepare(signal), /not a remote cache of this version/);
    await assert.rejects(there.open().get('index/aa/b.json', signal), /not a remote cache of this version/);
  });
}

/** Objects under a key that is not their digest, and entries that are not JSON. */
function wrongKeys(there: Place): string[] {
  return there.keys().filter((key) => {
    if (key.startsWith('objects/')) return sha256(there.read(key)) !== key.replace(/^objects|\//g, '');
    if (key.startsWith('index/')) JSON.parse(there.read(key).toString());
    return false;
  });
}

function objectOf(entry: Entry): string {
  return objectKey(objectsOf(entry.artifact)[0]!.digest);
}
