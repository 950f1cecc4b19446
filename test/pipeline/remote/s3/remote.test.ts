import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openCache } from '../../../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../../../src/pipeline/cache/types.js';
import { push } from '../../../../src/pipeline/remote/push.js';
import { readThrough } from '../../../../src/pipeline/remote/read-through.js';
import { S3Remote } from '../../../../src/pipeline/remote/s3/remote.js';
import { objectKey } from '../../../../src/pipeline/remote/types.js';
import { objectsOf } from '../../../../src/stage/artifact.js';
import { EtudeError } from '../../../../src/util/errors.js';
import { sha256 } from '../../../../src/util/sha256.js';
import { testsOfARemote, uploadOf } from '../../../support/any-remote.js';
import { commitText, tempFolder } from '../../../support/cache.js';
import { type S3Fault, S3Server } from '../../../support/s3-server.js';

const { signal } = new AbortController();
/** Makes small objects be sent like large ones: as a stream from 11 bytes on, in parts from 100. */
const SMALL = { whole: 10, parts: 100, part: 40 };
const MUCH = 'much '.repeat(50);

let server: S3Server;
before(async () => {
  server = await S3Server.start();
  Object.assign(process.env, server.env);
});
afterEach(() => {
  server.faults.length = 0;
  server.requests.length = 0;
  server.conditions = 'kept';
  server.isPrivate = false;
  Object.assign(process.env, server.env);
});
after(() => server.close());

let prefixes = 0;
function newAddress() {
  return { bucket: server.bucket, prefix: `team/${++prefixes}/` };
}

function keysUnder(prefix: string): string[] {
  return server.keys().flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
}

testsOfARemote('a bucket', async () => {
  const { bucket, prefix } = newAddress();
  return {
    name: `s3://${bucket}/${prefix}`,
    open: () => new S3Remote({ bucket, prefix }),
    keys: () => keysUnder(prefix),
    read: (key) => server.read(prefix + key),
    spoil: (key, bytes) => server.write(prefix + key, bytes),
    settled: () => server.idle(),
  };
});

/** A prepared remote, and its contents. */
async function prepared(sizes = SMALL) {
  const address = newAddress();
  const remote = new S3Remote(address, sizes);
  await remote.prepare(signal);
  server.requests.length = 0;
  return { address, remote, read: (key: string) => server.read(address.prefix + key).toString() };
}

function asked(method: string, part: string) {
  return server.requests.filter((one) => one.method === method && one.path.includes(part));
}

for (const [how, text] of Object.entries({
  whole: 'little',
  'as a stream': 'more than ten',
  'in parts': MUCH,
})) {
  test(`an object that is sent ${how} is stored once, with its SHA-256`, async () => {
    const { remote, read } = await prepared();
    const key = objectKey(sha256(text));
    assert.equal(await remote.put(key, uploadOf(text), signal), 'stored');
    assert.equal(read(key), text);
    assert.equal(await remote.put(key, uploadOf(text), signal), 'present');
    for (const { headers } of asked('PUT', 'objects/'))
      assert.equal(headers['x-amz-checksum-sha256']?.length, 44);
  });

  test(`an object that is sent ${how} and is not what its key says is not stored`, async () => {
    const { remote, address } = await prepared();
    const key = objectKey(sha256('something else'));
    await assert.rejects(remote.put(key, uploadOf(text), signal), /other bytes than were sent|changed while/);
    assert.deepEqual(keysUnder(address.prefix), ['format']);
  });

  test(`an object that is sent ${how} is sent again if the store is busy, or two writers collide`, async () => {
    const { remote, read } = await prepared();
    const key = objectKey(sha256(text));
    server.faults.push(
      { method: 'PUT', times: 1, status: 503, code: 'SlowDown' },
      {
        method: how === 'in parts' ? 'POST' : 'PUT',
        path: how === 'in parts' ? /uploadId/ : /./,
        times: 1,
        status: 409,
        code: 'ConditionalRequestConflict',
      },
    );
    assert.equal(await remote.put(key, uploadOf(text), signal), 'stored');
    assert.equal(read(key), text);
  });
}

test('a failed multipart upload is aborted, and nothing is visible', async () => {
  const { remote, address } = await prepared();
  server.faults.push({ method: 'PUT', path: /partNumber=3/, status: 500 });
  await assert.rejects(remote.put(objectKey(sha256(MUCH)), uploadOf(MUCH), signal), /500/);
  assert.equal(asked('DELETE', 'uploadId').length, 1);
  assert.deepEqual(keysUnder(address.prefix), ['format']);
});

for (const conditions of ['ignored', 'unknown'] as const) {
  test(`on a store where conditions are ${conditions}, existing objects stay all the same`, async () => {
    server.conditions = conditions;
    const { remote, read } = await prepared();
    assert.equal(await remote.put('index/aa/b.json', uploadOf('first'), signal), 'stored');
    assert.equal(await remote.put('index/aa/b.json', uploadOf('other'), signal), 'present');
    assert.equal(read('index/aa/b.json'), 'first');
    const key = objectKey(sha256(MUCH));
    assert.equal(await remote.put(key, uploadOf(MUCH), signal), 'stored');
    assert.equal(await remote.put(key, uploadOf(MUCH), signal), 'present');
  });
}

test('a public bucket is read without credentials; for a private one, the error says that there were none', async () => {
  const cache = await openCache(tempFolder());
  const address = newAddress();
  const entry = await commitText(cache, 'for everybody');
  await push(new S3Remote(address), cache, [entry]);
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
  server.requests.length = 0;
  const here = await openCache(tempFolder());
  const through = readThrough(here, new S3Remote(address), { warn: assert.fail });
  assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'hit');
  assert.ok(server.requests.every(({ headers }) => headers.authorization === undefined));
  server.isPrivate = true;
  await assert.rejects(new S3Remote(address).get('x', signal), /access denied \(403 AccessDenied\)/);
  await assert.rejects(new S3Remote(address).prepare(signal), (error: EtudeError) =>
    /No credentials were found/.test(error.hint ?? ''),
  );
});

test('access denied for a missing object is a miss, once the remote is known', async () => {
  const { address } = await prepared();
  server.faults.push({ path: /index/, status: 403, code: 'AccessDenied' });
  assert.equal(await new S3Remote(address).get('index/aa/b.json', signal), undefined);
});

test("the bucket's region is taken from the store's answer", async () => {
  const { address } = await prepared();
  server.faults.push({
    times: 1,
    status: 301,
    code: 'PermanentRedirect',
    headers: { 'x-amz-bucket-region': 'eu-west-3' },
  });
  assert.equal((await new S3Remote(address).get('format', signal))?.size, 15);
  assert.match(server.requests.at(-1)!.headers.authorization!, /\/eu-west-3\/s3\//);
});

const refusals: Record<string, [fault: S3Fault, message: RegExp]> = {
  'no such bucket': [{ status: 404, code: 'NoSuchBucket' }, /no such bucket \(404 NoSuchBucket\)/],
  'access denied': [{ status: 403, code: 'AccessDenied' }, /access denied \(403 AccessDenied\)/],
  'a wrong signature': [
    { status: 403, code: 'SignatureDoesNotMatch' },
    /credentials were rejected \(403 SignatureDoesNotMatch\)/,
  ],
  'credentials that are out of date': [
    { status: 400, code: 'ExpiredToken' },
    /rejected \(400 ExpiredToken\)/,
  ],
  'another region': [
    { status: 301, code: 'PermanentRedirect' },
    /in another region \(301 PermanentRedirect\)/,
  ],
  'a failure of its own': [{ status: 500 }, /answered with an error \(500 InternalError\)/],
  'a code that would steer the terminal': [
    { status: 500, code: '\u009b2J' },
    /answered with an error \(500\)/,
  ],
  'no answer but a cut connection': [{ cutAfter: 0 }, /cannot be reached \(ECONNRESET\)/],
};
for (const [name, [fault, message]] of Object.entries(refusals)) {
  test(`push and pull say what went wrong: ${name}`, async () => {
    const address = newAddress();
    server.faults.push({ ...fault, path: /team/ });
    for (const call of [
      () => new S3Remote(address).prepare(signal),
      () => new S3Remote(address).get('index/aa/b.json', signal),
    ]) {
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof EtudeError);
        assert.match(error.message, message);
        assert.match(error.where!.file!, /^s3:\/\/bucket\/team\/\d+/);
        assert.doesNotMatch(error.describe(), /S3RVER|Signature=/);
        return true;
      });
    }
  });
}

test('an endpoint where nobody listens is named as such', async () => {
  process.env.AWS_ENDPOINT_URL_S3 = 'http://127.0.0.1:9';
  await assert.rejects(new S3Remote(newAddress()).prepare(signal), /cannot be reached \(ECONNREFUSED\)/);
});

test('a missing profile is an error, not a reason to try without credentials', async () => {
  process.env.AWS_PROFILE = 'nobody';
  await assert.rejects(new S3Remote(newAddress()).prepare(signal), /the credentials are unavailable/);
});

/** A result on a bucket, and an empty cache that reads through it. */
async function shared() {
  const address = newAddress();
  const there = await openCache(tempFolder());
  const entry = await commitText(there, 'the bytes of an object');
  await push(new S3Remote(address), there, [entry]);
  const here = await openCache(tempFolder());
  const warnings: string[] = [];
  const through = readThrough(here, new S3Remote(address), { ms: 1500, warn: (text) => warnings.push(text) });
  return { address, entry, there, here, warnings, through };
}

const failures: Record<string, [fault: S3Fault, message: RegExp]> = {
  'answers 500': [{ status: 500 }, /answered with an error \(500 InternalError\)/],
  hangs: [{ hang: true }, /did not answer for 1.5 s/],
  'hangs in the middle of an object': [{ path: /objects/, stallAfter: 4 }, /did not answer for 1.5 s/],
  'cuts the connection in the middle of an object': [
    { path: /objects/, cutAfter: 4 },
    /cannot be reached \(ECONNRESET\)/,
  ],
};
for (const [name, [fault, message]] of Object.entries(failures)) {
  test(`a bucket that ${name} is a miss, reported once, and not asked again`, async () => {
    const { entry, here, warnings, through } = await shared();
    server.faults.push(fault);
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    const before = server.requests.length;
    assert.equal((await through.cache.lookup('b'.repeat(64))).type, 'miss');
    assert.equal(server.requests.length, before);
    assert.equal(through.isOff, true);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /continuing without the remote cache s3:\/\/bucket\/team\/\d+: /);
    assert.match(warnings[0]!, message);
    assert.equal((await here.lookup(entry.fingerprint)).type, 'miss');
  });
}

const lies: Record<string, [fault: S3Fault, message: RegExp]> = {
  'wrong bytes of an object': [
    { path: /objects/, corrupt: true },
    /invalid object, which is not used: wrong bytes/,
  ],
  'an object that ends too early': [{ path: /objects/, endAfter: 4 }, /it has 4 bytes instead of 22/],
  'an entry with another byte': [{ path: /index/, corrupt: true }, /invalid entry, which is not used/],
  'an entry that ends too early': [{ path: /index/, endAfter: 100 }, /invalid entry, which is not used/],
};
for (const [name, [fault, message]] of Object.entries(lies)) {
  test(`when a bucket gives ${name}, that is refused and the rest is requested`, async () => {
    const { address, entry, there, here, warnings, through } = await shared();
    const good = await commitText(there, 'good');
    await push(new S3Remote(address), there, [good]);
    server.faults.push(fault);
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, message);
    assert.equal(here.objects.has(objectsOf(entry.artifact)[0]!), false);
    server.faults.length = 0;
    assert.equal((await through.cache.lookup(good.fingerprint)).type, 'hit');
  });
}

test('an entry that claims another fingerprint than its own is refused', async () => {
  const { address, entry, warnings, through } = await shared();
  const key = `${address.prefix}index/${entry.fingerprint.slice(0, 2)}/${entry.fingerprint.slice(2)}.json`;
  const poison: Entry = { ...entry, parts: { ...entry.parts, params: { text: 'another' } } };
  await server.write(key, JSON.stringify(poison));
  assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
  assert.match(warnings.join(), /an entry with another fingerprint/);
});

test('a push that is interrupted, or that a bucket leaves hanging, ends, and the next one continues', async () => {
  const cache = await openCache(tempFolder());
  const address = newAddress();
  const entries: Entry[] = [];
  for (let i = 0; i < 12; i++) entries.push(await commitText(cache, `${i} `.repeat(100)));
  server.faults.push(
    { method: 'PUT', path: /objects/, times: 4 },
    { method: 'PUT', path: /objects/, hang: true },
  );
  await assert.rejects(
    push(new S3Remote(address), cache, entries, { ms: 1500 }),
    /accepted nothing for 1.5 s/,
  );
  const stopping = new AbortController();
  const pushing = push(new S3Remote(address), cache, entries, { signal: stopping.signal });
  while (asked('PUT', 'objects').length < 20) await new Promise((resolve) => setTimeout(resolve, 20));
  stopping.abort(new Error('stopped by hand'));
  await assert.rejects(pushing, /stopped by hand/);
  server.faults.length = 0;
  const last = await push(new S3Remote(address), cache, entries);
  assert.deepEqual([last.results, last.objects], [12, 8]);
});
