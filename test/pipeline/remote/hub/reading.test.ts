import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HubSettings } from '../../../../src/hub/settings.js';
import { openCache } from '../../../../src/pipeline/cache/open-cache.js';
import { push } from '../../../../src/pipeline/remote/push.js';
import { entryKey, objectKey } from '../../../../src/pipeline/remote/types.js';
import { objectsOf } from '../../../../src/stage/artifact.js';
import { commitText, entryOf, partsOf, tempFolder } from '../../../support/cache.js';
import { HubStore } from '../../../support/hub-store.js';

/** A remote with one result of one object. */
async function shared(t: TestContext) {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const entry = await commitText(cache, 'the bytes of an object');
  await push(store.remote(), cache, [entry]);
  return { store, cache, entry };
}

const failures: Record<
  string,
  [spoil: (store: HubStore) => void, message: RegExp, more?: Partial<HubSettings>]
> = {
  'answers 500': [({ hub }) => hub.faults.push({ path: /./, status: 500 }), /the Hub failed to serve/],
  'answers 500 for an object': [
    ({ hub }) => hub.faults.push({ host: 'cdn', path: /./, status: 500 }),
    /failed to serve/,
  ],
  'gets too many requests': [
    ({ hub }) => hub.faults.push({ path: /./, status: 429, headers: { 'retry-after': '600' } }),
    /too many requests/,
  ],
  hangs: [({ hub }) => hub.faults.push({ path: /./, hang: true }), /cannot be reached|did not answer/],
  'hangs in the middle of an object': [
    ({ hub }) => hub.faults.push({ host: 'cdn', path: /./, stallAfter: 4 }),
    /did not answer|cannot be reached/,
  ],
  'breaks in the middle of an object': [
    ({ hub }) => hub.faults.push({ host: 'cdn', path: /./, cutAfter: 4 }),
    /cannot be reached/,
  ],
  'rejected the token': [() => undefined, /rejected the token/, { token: 'hf_wrong' }],
  'wants a token': [() => undefined, /visible without a token/, { token: undefined }],
  'is not there': [() => undefined, /cannot be reached/, { endpoint: 'http://127.0.0.1:9' }],
  'may not be asked': [() => undefined, /HF_HUB_OFFLINE is set/, { offline: true }],
};
for (const [name, [spoil, message, more]] of Object.entries(failures)) {
  test(`a Hub that ${name} is a miss, reported once, and not asked again`, async (t) => {
    const { store, cache, entry } = await shared(t);
    spoil(store);
    // Short where it is waited for.
    const [timeoutMs, ms] = /hangs/.test(name) ? [100, 300] : [5000, 15_000];
    const { through, warnings } = await store.reader({ timeoutMs, ...more }, ms);
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    store.hub.take();
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    assert.equal(store.hub.take().length, 0);
    assert.equal(through.isOff, true);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, message);
    assert.match(warnings[0]!, /continuing without the remote cache hf:\/\/datasets\/team\/cache: /);
    if (/object/.test(name)) return;
    const pushing = push(store.remote({ timeoutMs, ...more }), cache, [entry], { ms });
    await assert.rejects(pushing, message);
  });
}

test('what fails once is asked again', async (t) => {
  const { store, entry } = await shared(t);
  for (const path of [/\/revision\//, /\/format$/, /\.json$/])
    store.hub.faults.push({ path, status: 503, times: 1 });
  const { through, warnings } = await store.reader();
  assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'hit');
  assert.deepEqual(warnings, []);
});

const wrong: Record<
  string,
  [spoil: (store: HubStore, keys: { entry: string; object: string }) => void, message: RegExp]
> = {
  'wrong bytes on their way': [
    ({ hub }) => hub.faults.push({ host: 'cdn', path: /./, corrupt: true }),
    /invalid object, which is not used: wrong bytes/,
  ],
  'a valid object under the wrong key': [
    (store, { object }) => store.replace(object, Buffer.from('another whole object!!')),
    /invalid object, which is not used: wrong bytes/,
  ],
  'an object that is cut short': [
    (store, { object }) => store.replace(object, Buffer.from('the')),
    /it has 3 bytes instead of 22/,
  ],
  'an entry of another fingerprint': [
    (store, { entry }) =>
      store.replace(entry, Buffer.from(JSON.stringify(entryOf(partsOf({ text: 'another' }))))),
    /an entry with another fingerprint/,
  ],
};
for (const [name, [spoil, message]] of Object.entries(wrong)) {
  test(`when a Hub gives ${name}, that is refused and the rest is requested`, async (t) => {
    const { store, entry } = await shared(t);
    const [ref] = objectsOf(entry.artifact);
    spoil(store, { entry: entryKey(entry.fingerprint), object: objectKey(ref!.digest) });
    const { through, warnings } = await store.reader();
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    assert.equal(through.isOff, false);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, message);
  });
}

test('a commit that others make during a run has no effect on it', async (t) => {
  const { store, entry } = await shared(t);
  const { through } = await store.reader();
  assert.equal((await through.cache.lookup('f'.repeat(64))).type, 'miss');
  store.hub.commit('dataset', 'team/cache', { format: 'etude-remote 1\n' });
  assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'hit');
});
