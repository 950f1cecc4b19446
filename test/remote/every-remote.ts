import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { objectsOf } from '../../src/artifact.js';
import { openCache } from '../../src/cache/open-cache.js';
import { push } from '../../src/remote/push.js';
import { readThrough } from '../../src/remote/read-through.js';
import { entryKey, objectKey, type Remote } from '../../src/remote/types.js';
import { commitText, tempFolder } from '../cache/support.js';
import { commitMany, uploadOf, wrongFiles } from './support.js';

/** A store, empty and new, and what a test does to it behind the back of whoever uses it. */
export interface Store {
  /** The remote as another process opens it. */
  remote(): Remote;
  files(): ReadonlyMap<string, Buffer>;
  replace(key: string, bytes: Buffer): void;
}

/** What holds for remotes of every kind. */
export function testEveryRemote(kind: string, open: (t: TestContext) => Store | Promise<Store>): void {
  test(`${kind}: what was pushed is whole, only what is missing moves, and the second push moves nothing`, async (t) => {
    const store = await open(t);
    const cache = await openCache(tempFolder());
    const entries = [await commitText(cache, 'one'), await commitText(cache, 'two!')];
    const first = await push(store.remote(), cache, entries);
    assert.deepEqual(first, { results: 2, present: 0, objects: 2, bytes: 7 });
    entries.push(await commitText(cache, 'three'), await commitText(cache, ''));
    const second = await push(store.remote(), cache, entries);
    assert.deepEqual(second, { results: 2, present: 2, objects: 2, bytes: 5 });
    const third = await push(store.remote(), cache, entries);
    assert.deepEqual(third, { results: 0, present: 4, objects: 0, bytes: 0 });
    assert.deepEqual(wrongFiles(store.files()), []);

    const here = await openCache(tempFolder());
    const warnings: string[] = [];
    const through = readThrough(here, store.remote(), { warn: (text) => warnings.push(text) });
    for (const { fingerprint } of entries)
      assert.equal((await through.cache.lookup(fingerprint)).type, 'hit');
    assert.deepEqual(through.fetched, { results: 4, objects: 4, bytes: 12 });
    assert.deepEqual(warnings, []);
  });

  test(`${kind}: an entry that is there is never changed, and an object with other bytes of its size neither`, async (t) => {
    const store = await open(t);
    const { signal } = new AbortController();
    const remote = store.remote();
    await remote.prepare(signal);
    const stored = (key: string, text: string) => remote.putMany(new Map([[key, uploadOf(text)]]));
    for (const key of ['index/aa/b.json', 'objects/aa/b']) {
      assert.equal(await stored(key, 'first'), 1);
      assert.equal(await stored(key, 'other'), 0);
      assert.equal(store.files().get(key)?.toString(), 'first');
    }
    assert.equal(await stored('index/aa/b.json', 'longer than that'), 0);
    assert.equal(store.files().get('index/aa/b.json')?.toString(), 'first');
  });

  test(`${kind}: an object that was cut short is mended by the next push`, async (t) => {
    const store = await open(t);
    const cache = await openCache(tempFolder());
    const entry = await commitText(cache, 'a whole object');
    await push(store.remote(), cache, [entry]);
    const key = objectKey(objectsOf(entry.artifact)[0]!.digest);
    store.replace(key, Buffer.from('a wh'));
    assert.equal((await push(store.remote(), cache, [entry])).objects, 1);
    assert.equal(store.files().get(key)?.toString(), 'a whole object');
  });

  test(`${kind}: two pushes at once both end well`, async (t) => {
    const store = await open(t);
    const cache = await openCache(tempFolder());
    const entries = await commitMany(cache, 12, 20_000);
    const halves = [entries.slice(0, 8), entries.slice(4)];
    const both = await Promise.all(halves.map((half) => push(store.remote(), cache, half)));
    assert.equal(both[0]!.results + both[1]!.results, 12);
    assert.deepEqual(wrongFiles(store.files()), []);
    for (const { fingerprint } of entries) assert.ok(store.files().has(entryKey(fingerprint)));
  });
}
