import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openCache } from '../../../../src/pipeline/cache/open-cache.js';
import { openRemote } from '../../../../src/pipeline/remote/open-remote.js';
import { push } from '../../../../src/pipeline/remote/push.js';
import { entryKey } from '../../../../src/pipeline/remote/types.js';
import { testsOfARemote, uploadOf } from '../../../support/any-remote.js';
import { commitText, entryOf, partsOf, startChild, tempFolder } from '../../../support/cache.js';
import { commitMany, wrongFiles } from '../../../support/fake-remote.js';
import { HubServer } from '../../../support/hub-server.js';
import { messageFrom } from '../../../support/hub-setting.js';
import { counted, HubStore, NAME, TOKEN } from '../../../support/hub-store.js';

const { signal } = new AbortController();

let server: HubServer;
let repositories = 0;
before(async () => {
  server = await HubServer.start();
  Object.assign(process.env, { HF_ENDPOINT: server.endpoint, HF_HOME: tempFolder(), HF_HUB_OFFLINE: '' });
});
after(() => server.close());

testsOfARemote('the Hub', async () => {
  const id = `team/results-${++repositories}`;
  const own = { '.gitattributes': '', 'README.md': '# Results' };
  server.commit('dataset', id, own);
  const files = () => server.files('dataset', id);
  return {
    name: `hf://datasets/${id}`,
    open: () => openRemote(`hf://datasets/${id}`),
    keys: () => [...files().keys()].filter((key) => !(key in own)),
    read: (key) => files().get(key)!,
    spoil: (key, bytes) =>
      void server.commit('dataset', id, { ...Object.fromEntries(files()), [key]: bytes }),
    settled: () => server.idle(),
  };
});

test('a push of a result with 620 objects makes three commits, and few requests besides the objects', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const files: Record<string, Awaited<ReturnType<typeof cache.objects.put>>> = {};
  for (let i = 0; i < 620; i++) files[`${i}.txt`] = await cache.objects.put(Buffer.from(`${i} `.repeat(100)));
  const entry = entryOf(partsOf({ text: 'many' }), files);
  await cache.commit(entry);
  assert.equal((await push(store.remote(), cache, [entry])).objects, 620);
  assert.deepEqual(counted(store.hub.take()), {
    'GET revision': 1,
    'GET tree': 1,
    'GET resolve': 3,
    'POST paths-info': 4,
    'POST preupload': 9,
    'POST batch': 7,
    'PUT storage': 620,
    'POST commit': 3,
  });
});

test('a read asks for the commit and the marker once, then once per result and twice per object, and stores nothing elsewhere', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const entries = await commitMany(cache, 6, 1000);
  await push(store.remote(), cache, entries);
  store.hub.take();
  const { through } = await store.reader();
  for (const { fingerprint } of entries) await through.cache.lookup(fingerprint);
  await through.cache.lookup('f'.repeat(64));
  assert.deepEqual(through.fetched, { results: 6, objects: 6, bytes: 6000 });
  assert.deepEqual(counted(store.hub.take()), { 'GET revision': 1, 'GET resolve': 14, 'GET storage': 6 });
  assert.throws(() => store.downloads(), /ENOENT/);
});

test('a push killed in the middle of five of its requests leaves nothing incomplete, and no object is sent in vain', async (t) => {
  const store = await HubStore.open(t);
  store.hub.token = undefined;
  const from = tempFolder();
  const entries = await commitMany(await openCache(from), 24, 200_000);
  for (let i = 0; i < 5; i++) {
    let writes = 0;
    const { child, ended } = startChild(
      'pipeline/remote/children/push-hub.ts',
      from,
      NAME,
      store.hub.endpoint,
    );
    // Later in each round, so that it dies in different places; what is in transit then arrives, or does not.
    store.hub.onRequest = ({ method }) => {
      if (method !== 'GET' && ++writes === 3 + 4 * i) child.kill('SIGKILL');
    };
    await ended;
    assert.deepEqual(wrongFiles(store.files()), []);
  }
  await push(store.remote(), await openCache(from), entries);
  assert.deepEqual(wrongFiles(store.files()), []);
  for (const { fingerprint } of entries) assert.ok(store.files().has(entryKey(fingerprint)));
  const sent = store.hub.take().filter(({ method }) => method === 'PUT').length;
  // What the storage has is not sent again; what was in transit when the process died may be.
  assert.ok(sent <= 24 + 5 * 5, `${sent} objects sent`);
});

test('if somebody else pushes in between, nothing of theirs is lost and the first entry stays', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const [ours, theirs] = [await commitText(cache, 'ours'), await commitText(cache, 'theirs')];
  let commits = 0;
  store.hub.onRequest = ({ path }) => {
    if (path.endsWith('/preupload/main') && ++commits <= 3)
      store.replace(`index/aa/${commits}.json`, Buffer.from('{}'));
  };
  await push(store.remote(), cache, [ours]);
  for (const key of [
    'index/aa/1.json',
    'index/aa/2.json',
    'index/aa/3.json',
    entryKey(ours.fingerprint),
    'format',
  ])
    assert.ok(store.files().has(key), key);

  const taken = entryKey(theirs.fingerprint);
  const first = `${JSON.stringify({ ...theirs, seconds: 2 })}`;
  store.hub.onRequest = ({ path }) => {
    if (path.endsWith('/preupload/main') && !store.files().has(taken))
      store.replace(taken, Buffer.from(first));
  };
  const pushed = await push(store.remote(), cache, [theirs]);
  assert.equal(pushed.results, 0);
  assert.equal(store.files().get(taken)?.toString(), first);
});

test('if others push all the time, a push gives up', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  let number = 0;
  store.hub.onRequest = ({ path }) => {
    if (path.endsWith('/preupload/main')) store.replace('README.md', Buffer.from(String(number++)));
  };
  const failure = await messageFrom(push(store.remote(), cache, [await commitText(cache, 'ours')]));
  assert.match(failure, /others keep pushing to 'team\/cache'/);
  assert.equal(number, 8);
});

test('objects that were sent before a commit failed are not sent again', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const entries = await commitMany(cache, 5, 1000);
  store.hub.faults.push({ path: /\/commit\//, status: 500 });
  const failure = await messageFrom(push(store.remote(), cache, entries));
  assert.match(failure, /failed to serve dataset 'team\/cache'[\s\S]*status 500/);
  assert.deepEqual([...store.files().keys()], ['.gitattributes']);
  store.hub.faults.length = 0;
  assert.equal(counted(store.hub.take())['PUT storage'], 5);
  const pushed = await push(store.remote(), cache, entries);
  assert.deepEqual([pushed.results, pushed.bytes], [5, 0]);
  assert.equal(counted(store.hub.take())['PUT storage'], undefined);
});

test('a commit whose answer is lost is found, and not repeated', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const entry = await commitText(cache, 'ours');
  store.hub.faults.push({ path: /\/commit\//, hang: true, times: 1 });
  await push(store.remote({ timeoutMs: 100 }), cache, [entry]);
  assert.ok(store.files().has(entryKey(entry.fingerprint)));
  assert.equal(counted(store.hub.take())['POST commit'], 3);
});

test('temporary failures are retried, after the time that the Hub names', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const entries = await commitMany(cache, 3, 1000);
  for (const path of [
    /\/revision\//,
    /\/resolve\//,
    /\/paths-info\//,
    /\/preupload\//,
    /\/batch$/,
    /\/commit\//,
  ])
    store.hub.faults.push({ path, status: 429, headers: { 'retry-after': '0' }, times: 1 });
  store.hub.faults.push({ host: 'cdn', path: /./, status: 503, times: 2 });
  let reported = 0;
  const pushed = await push(store.remote(), cache, entries, { progress: (bytes) => (reported = bytes) });
  assert.deepEqual([pushed.objects, pushed.bytes, reported], [3, 3000, 3000]);
});

test('large objects are sent in parts where the Hub says so', async (t) => {
  const store = await HubStore.open(t);
  store.hub.partSize = 1000;
  const cache = await openCache(tempFolder());
  const entry = await commitText(cache, 'x'.repeat(4500));
  assert.equal((await push(store.remote(), cache, [entry])).bytes, 4500);
  assert.deepEqual(wrongFiles(store.files()), []);
});

test('an empty object is sent with the commit itself: the storage of large files accepts none', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const entry = await commitText(cache, '');
  assert.equal((await push(store.remote(), cache, [entry])).objects, 1);
  assert.deepEqual(wrongFiles(store.files()), []);
  const { through } = await store.reader();
  assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'hit');
});

test('an object that already has its size is not replaced', async (t) => {
  const store = await HubStore.open(t);
  const stored = (text: string) => store.remote().putMany(new Map([['objects/aa/b', uploadOf(text)]]));
  assert.deepEqual([await stored('first'), await stored('other')], [1, 0]);
  assert.equal(store.files().get('objects/aa/b')?.toString(), 'first');
});

test('a branch, one of its folders and a model can be remotes, next to whatever else is there', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const entry = await commitText(cache, 'ours');
  store.hub.commit('model', 'team/model', { 'config.json': '{}' });
  store.hub.commit('dataset', 'team/cache', { 'data.csv': 'a' }, { branch: 'a/b' });
  for (const name of [
    'hf://team/model/etude',
    'hf://models/team/model/a/b',
    'hf://datasets/team/cache@a%2Fb/etude',
  ]) {
    assert.equal((await push(store.remote({}, name), cache, [entry])).results, 1, name);
    assert.ok(await store.remote({}, name).get(entryKey(entry.fingerprint), signal));
  }
  assert.ok(store.hub.files('model', 'team/model').has(`etude/${entryKey(entry.fingerprint)}`));
  assert.ok(store.hub.files('dataset', 'team/cache', 'a/b').has('data.csv'));
  assert.deepEqual([...store.files().keys()], ['.gitattributes']);
});

test('a repository with other contents is refused, and a missing one is not created', async (t) => {
  const store = await HubStore.open(t);
  store.hub.commit('dataset', 'team/photos', { 'README.md': '#', 'photos/cat.jpg': 'x' });
  const prepare = (name: string, more = {}) => messageFrom(store.remote(more, name).prepare(signal));
  assert.match(await prepare('hf://datasets/team/photos'), /not a remote cache of this version/);
  const absent = await prepare('hf://datasets/team/absent');
  assert.match(
    absent,
    /no dataset 'team\/absent' on the Hub\n[\s\S]*hf repos create --repo-type dataset team\/absent/,
  );
  assert.match(
    await prepare(NAME, { token: undefined }),
    /that is visible without a token\n[\s\S]*set HF_TOKEN/,
  );
  assert.match(
    await prepare(`${NAME}@dev`),
    /no branch 'dev'\n[\s\S]*hf repos branch create .* team\/cache dev/,
  );
  assert.match(await prepare(`${NAME}@${'a'.repeat(40)}`), /nothing can be pushed to a commit/);
  assert.match(await messageFrom(store.remote().get('index/x', signal)), /no such remote cache/);
});

test('a read-only token, an invalid one, and no token are distinguished, before anything is sent', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const entry = await commitText(cache, 'ours');
  const failure = (more = {}) => messageFrom(push(store.remote(more), cache, [entry]));
  store.hub.readOnly = true;
  const reading = await failure();
  assert.match(reading, /the token has no write access to dataset 'team\/cache'\n[\s\S]*It is from HF_TOKEN/);
  assert.doesNotMatch(reading, new RegExp(TOKEN));
  assert.match(await failure({ token: 'hf_wrong' }), /the Hub rejected the token/);
  store.hub.faults.push({ path: /\/preupload\//, status: 401 });
  store.hub.token = undefined;
  assert.match(await failure({ token: undefined }), /no token that can write to dataset 'team\/cache'/);
  assert.equal(counted(store.hub.take())['PUT storage'], undefined);
});

test('no message contains the token or a signed address, whatever the Hub answers', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const headers = { 'x-error-message': `no ${TOKEN}`, location: `http://user:${TOKEN}@127.0.0.1:1/` };
  for (const path of [
    /\/revision\//,
    /\/paths-info\//,
    /\/preupload\//,
    /\/batch$/,
    /\/commit\//,
    /^\/datasets\/team\/cache\/[0-9a-f]+$/,
  ]) {
    for (const status of [400, 403, 500, 307]) {
      const entry = await commitText(cache, `${path} ${status}`);
      store.hub.faults.splice(0, 9, { path, status, headers });
      const failure = await messageFrom(push(store.remote(), cache, [entry]));
      assert.doesNotMatch(failure, /s3cret/, `${path} ${status}`);
    }
  }
});

test("an answer that is not the Hub's, or none at all, fails a push with a message", async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  for (const path of [/\/paths-info\//, /\/preupload\//, /\/batch$/, /\/commit\//]) {
    const entry = await commitText(cache, String(path));
    store.hub.faults.splice(0, 9, { path, status: 200, headers: { 'content-type': 'application/json' } });
    assert.match(
      await messageFrom(push(store.remote(), cache, [entry])),
      /unexpected response from the Hub|does not answer like/,
    );
  }
  for (const method of ['PUT', 'POST']) {
    const entry = await commitText(cache, method);
    store.hub.faults.splice(0, 9, { method, path: /./, hang: true });
    assert.match(
      await messageFrom(push(store.remote({ timeoutMs: 50 }), cache, [entry])),
      /cannot be reached/,
    );
  }
});

test('what a signal aborts rejects with its reason', async (t) => {
  const store = await HubStore.open(t);
  const cache = await openCache(tempFolder());
  const stop = new AbortController();
  store.hub.onRequest = ({ method }) => method === 'PUT' && stop.abort(new Error('enough'));
  const pushing = push(store.remote(), cache, await commitMany(cache, 6, 1000), { signal: stop.signal });
  await assert.rejects(pushing, /enough/);
  assert.deepEqual([...store.files().keys()], ['.gitattributes']);
});

test('one file can be stored without calling prepare', async (t) => {
  const store = await HubStore.open(t);
  assert.equal(await store.remote().putMany(new Map([['index/aa/b.json', uploadOf('{}')]])), 1);
});
