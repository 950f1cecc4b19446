import assert from 'node:assert/strict';
import { test } from 'node:test';
import { artifactDigest } from '../../../src/pipeline/cache/artifact-digest.js';
import { type DiskCache, openCache } from '../../../src/pipeline/cache/open-cache.js';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import { push } from '../../../src/pipeline/remote/push.js';
import { readThrough } from '../../../src/pipeline/remote/read-through.js';
import { entryKey, objectKey } from '../../../src/pipeline/remote/types.js';
import { objectsOf } from '../../../src/stage/artifact.js';
import { EtudeError } from '../../../src/util/errors.js';
import { commitText, entryOf, partsOf, tempFolder } from '../../support/cache.js';
import { FakeRemote, never, piecesOf } from '../../support/fake-remote.js';

/** A remote with one result, and an empty cache that reads through it. */
async function shared(): Promise<{ remote: FakeRemote; entry: Entry; there: DiskCache; here: DiskCache }> {
  const remote = new FakeRemote();
  const there = await openCache(tempFolder());
  const entry = await commitText(there, 'the bytes of an object');
  await push(remote, there, [entry]);
  return { remote, entry, there, here: await openCache(tempFolder()) };
}

function looking(here: DiskCache, remote: FakeRemote, ms = 50) {
  const warnings: string[] = [];
  return { warnings, through: readThrough(here, remote, { ms, warn: (text) => warnings.push(text) }) };
}

test('what the cache lacks is fetched, checked, and then stored', async () => {
  const { remote, entry, here } = await shared();
  const { through, warnings } = looking(here, remote);
  const found = await through.cache.lookup(entry.fingerprint);
  assert.equal(found.type, 'hit');
  assert.deepEqual(through.fetched, { results: 1, objects: 1, bytes: 22 });
  assert.equal((await here.lookup(entry.fingerprint, { verify: true })).type, 'hit');
  const asked = remote.asked.length;
  await through.cache.lookup(entry.fingerprint);
  assert.equal(remote.asked.length, asked);
  assert.deepEqual(warnings, []);
});

test('objects that the cache has are not moved', async () => {
  const { remote, entry, here } = await shared();
  await here.objects.put(Buffer.from('the bytes of an object'));
  const { through } = looking(here, remote);
  assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'hit');
  assert.deepEqual(through.fetched, { results: 1, objects: 0, bytes: 0 });
});

test('a result that nobody has is a silent miss', async () => {
  const { remote, here } = await shared();
  const { through, warnings } = looking(here, remote);
  assert.equal((await through.cache.lookup('a'.repeat(64))).type, 'miss');
  assert.deepEqual(warnings, []);
});

const failures: Record<string, (remote: FakeRemote) => void> = {
  'answers 500': (remote) => {
    remote.before = async () => {
      throw new EtudeError('the remote cache answered 500');
    };
  },
  'breaks the connection': (remote) => {
    remote.before = async () => {
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    };
  },
  hangs: (remote) => {
    remote.before = never;
  },
  'hangs in the middle of an object': (remote) => {
    remote.spoil = (key, file) =>
      key.startsWith('index') ? file : { ...file, pieces: hangAfter(Buffer.from('the ')) };
  },
  'drips byte by byte': (remote) => {
    remote.spoil = (key, file) => (key.startsWith('index') ? file : { ...file, pieces: drip(22) });
  },
  'breaks in the middle of an entry': (remote) => {
    remote.spoil = (_, file) => ({ ...file, pieces: breakAfter(Buffer.from('{')) });
  },
};
for (const [name, spoil] of Object.entries(failures)) {
  test(`a remote that ${name} is a miss, reported once, and not asked again`, async () => {
    const { remote, entry, here } = await shared();
    spoil(remote);
    const { through, warnings } = looking(here, remote);
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    const asked = remote.asked.length;
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    assert.equal((await through.cache.lookup('b'.repeat(64))).type, 'miss');
    assert.equal(remote.asked.length, asked);
    assert.equal(through.isOff, true);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /continuing without the remote cache fake: /);
    assert.equal((await here.lookup(entry.fingerprint)).type, 'miss');
  });
}

const wrong: Record<string, [spoil: (remote: FakeRemote, entry: Entry) => void, message: RegExp]> = {
  'other bytes': [
    (remote, entry) => remote.files.set(objectOf(entry), Buffer.from('THE bytes of an object')),
    /wrong bytes/,
  ],
  'a valid object under the wrong key': [
    (remote, entry) => remote.files.set(objectOf(entry), Buffer.from('another whole object!!')),
    /wrong bytes/,
  ],
  'an object that is cut short': [
    (remote, entry) => remote.files.set(objectOf(entry), Buffer.from('the bytes')),
    /it has 9 bytes instead of 22/,
  ],
  'fewer bytes than it says': [
    (remote) => {
      remote.spoil = (key, file) =>
        key.startsWith('index') ? file : { ...file, pieces: piecesOf(Buffer.from('the ')) };
    },
    /has 4 bytes instead of 22/,
  ],
  'bytes without end': [
    (remote) => {
      remote.spoil = (key, file) => (key.startsWith('index') ? file : { ...file, pieces: endless() });
    },
    /has more than 22 bytes/,
  ],
  'an entry without its object': [(remote, entry) => remote.files.delete(objectOf(entry)), /it is missing/],
  'an entry without end': [
    (remote) => {
      remote.spoil = (_, file) => ({ ...file, pieces: endless() });
    },
    /too long/,
  ],
  'an entry that is cut short': [
    (remote, { fingerprint }) => {
      const key = entryKey(fingerprint);
      remote.files.set(key, remote.files.get(key)!.subarray(0, 100));
    },
    /is refused/,
  ],
  'a valid entry of another fingerprint': [
    (remote, { fingerprint }) => {
      const other = entryOf(partsOf({ text: 'another' }));
      remote.files.set(entryKey(fingerprint), Buffer.from(JSON.stringify(other)));
    },
    /an entry with another fingerprint/,
  ],
  'an entry that only says it is of that fingerprint': [
    (remote, { fingerprint }) => {
      const other = { ...entryOf(partsOf({ text: 'another' })), fingerprint };
      remote.files.set(entryKey(fingerprint), Buffer.from(JSON.stringify(other)));
    },
    /an entry with another fingerprint/,
  ],
  'another artifact than its digest says': [
    (remote, entry) => {
      const artifact = { kind: 'report', metrics: { test: { accuracy: 1 } }, files: {} };
      remote.files.set(entryKey(entry.fingerprint), Buffer.from(JSON.stringify({ ...entry, artifact })));
    },
    /refused/,
  ],
  'an artifact with a file outside of its folder': [
    (remote, entry) => {
      const artifact = { ...entry.artifact, files: { '../../evil': objectsOf(entry.artifact)[0]! } };
      const changed = { ...entry, artifact, artifactDigest: artifactDigest(artifact as Entry['artifact']) };
      remote.files.set(entryKey(entry.fingerprint), Buffer.from(JSON.stringify(changed)));
    },
    /artifact\.files/,
  ],
  'an entry that would steer the terminal': [
    (remote, entry) => {
      const changed = { ...entry, summary: '\u001b[2J' };
      remote.files.set(entryKey(entry.fingerprint), Buffer.from(JSON.stringify(changed)));
    },
    /summary/,
  ],
};
for (const [name, [spoil, message]] of Object.entries(wrong)) {
  test(`when a remote gives ${name}, that is refused and the rest is requested`, async () => {
    const { remote, entry, there, here } = await shared();
    const good = await commitText(there, 'good');
    await push(remote, there, [good]);
    spoil(remote, entry);
    const { through, warnings } = looking(here, remote, 5000);
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, message);
    assert.equal((await here.lookup(entry.fingerprint)).type, 'miss');
    assert.equal(here.objects.has(objectsOf(entry.artifact)[0]!), false);
    assert.equal(through.isOff, false);
    remote.spoil = (_, file) => file;
    assert.equal((await through.cache.lookup(good.fingerprint)).type, 'hit');
  });
}

function objectOf(entry: Entry): string {
  return objectKey(objectsOf(entry.artifact)[0]!.digest);
}

async function* endless(): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(1 << 20, 'x');
  for (;;) yield piece;
}

async function* hangAfter(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield piece;
  await never();
}

async function* drip(bytes: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    yield Buffer.from('x');
  }
}

async function* breakAfter(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield piece;
  throw new Error('the connection broke');
}

test('an entry that would cost more to read than it contains, or whose parts do not fit, is refused before it is committed', async () => {
  const { remote, entry, there, here } = await shared();
  const [ref] = objectsOf(entry.artifact);
  const column = { x: { _type: 'Value', dtype: 'string' } } as const;
  const chunk = { rows: 100, columns: { x: ref! } };
  const many = Array.from({ length: 1_000_000 }, (_, i) => [i % 100, (i % 100) + 1]);
  const wrongs: Record<string, object> = {
    'ranges beyond its rows': { features: column, splits: { train: { num_rows: 200, ranges: [[0, 200]] } } },
    'a million ranges': { features: column, splits: { train: { num_rows: 1_000_000, ranges: many } } },
    'a range that goes back': {
      features: column,
      splits: {
        train: {
          num_rows: 0,
          ranges: [
            [5, 5],
            [9, 3],
          ],
        },
      },
    },
    'another number of rows': { features: column, splits: { train: { num_rows: 5, ranges: [[0, 100]] } } },
    'row numbers of another size': { features: column, splits: { train: { num_rows: 100, indices: ref } } },
    'a column without chunks': { features: { ...column, y: { _type: 'Value', dtype: 'int8' } }, splits: {} },
    'a type of column that there is not': { features: { x: { _type: 'toString' } }, splits: {} },
    'a type of value that there is not': { features: { x: { _type: 'Value', dtype: 'int7' } }, splits: {} },
    'classes without names': { features: { x: { _type: 'ClassLabel' } }, splits: {} },
    'a list of nothing': { features: { x: { _type: 'List' } }, splits: {} },
  };
  for (const [name, rest] of Object.entries(wrongs)) {
    const artifact = { kind: 'dataset', chunks: [chunk], ...rest } as unknown as Entry['artifact'];
    const changed = { ...entry, artifact, artifactDigest: artifactDigest(artifact) };
    remote.files.set(entryKey(entry.fingerprint), Buffer.from(JSON.stringify(changed)));
    const { through, warnings } = looking(here, remote, 5000);
    assert.equal((await through.cache.lookup(entry.fingerprint)).type, 'miss', name);
    assert.match(warnings[0] ?? '', /artifact\.(splits|features|chunks)/, name);
    assert.equal(
      remote.asked.some((key) => key.startsWith('objects/')),
      false,
      name,
    );
  }
  assert.deepEqual(await here.entries.all(), []);
  assert.equal((await there.lookup(entry.fingerprint)).type, 'hit');
});
